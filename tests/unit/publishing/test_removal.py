"""What is removed from a published log has exactly a name that `publish` gives; nothing is reached through links."""

from pathlib import Path

from carbon_ledger.publishing.removal import remove_left_over, remove_unlisted, remove_views


def write(place: Path, *names: str) -> None:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)


def names(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def test_the_views_of_earlier_checkpoints_go_and_everything_else_stays(tmp_path: Path) -> None:
    gone = ["views/3/index.json", "views/3/batches/0.json", "views/3/holdings/id-a/0.json", "views/17/accounts/2.json"]
    stay = [
        *("views/20/index.json", "views/21/index.json", "views/3/notes.txt", "views/3/batches/photo.json"),
        *("views/03/index.json", "views/x/index.json", "views/index.json", "tile/0/000", "checkpoint", "3/index.json"),
    ]
    write(tmp_path, *gone, *stay)
    remove_views(tmp_path, {20, 21})
    assert names(tmp_path) == set(stay)
    assert not (tmp_path / "views/17").exists()


def test_of_the_newest_views_only_what_was_not_written_goes(tmp_path: Path) -> None:
    write(
        tmp_path,
        "views/3/index.json",
        "views/3/holdings/id-a/0.json",
        "views/3/holdings/id-b/0.json",
        "views/2/index.json",
    )
    remove_unlisted(tmp_path, 3, {"views/3/index.json", "views/3/holdings/id-b/0.json"})
    assert names(tmp_path) == {"views/3/index.json", "views/3/holdings/id-b/0.json", "views/2/index.json"}
    assert not (tmp_path / "views/3/holdings/id-a").exists()


def test_no_link_is_followed(tmp_path: Path) -> None:
    place, outside = tmp_path / "log", tmp_path / "outside"
    write(outside, "index.json", "batches/0.json", "3/index.json")
    write(place, "views/4/index.json")
    (place / "views/3").symlink_to(outside, target_is_directory=True)
    (place / "views/4/batches").symlink_to(outside / "batches", target_is_directory=True)
    (place / "views/4/accounts").mkdir()
    (place / "views/4/accounts/0.json").symlink_to(outside / "index.json")
    before = names(outside)
    remove_views(place, set())
    assert names(outside) == before
    assert (place / "views/4/accounts/0.json").is_symlink()  # no file that `publish` wrote
    (other := tmp_path / "other").mkdir()
    (other / "views").symlink_to(outside, target_is_directory=True)
    remove_views(other, set())
    assert names(outside) == before


def test_temporary_files_of_a_killed_publish_go(tmp_path: Path) -> None:
    gone = ["views/3/.index.json.12.new", "views/3/batches/.0.json.7.new", "tile/0/.000.9.new", ".checkpoint.4.new"]
    stay = ["views/3/.x.json.12.new", "views/3/index.json.12.new", ".index.json.1.new", "tile/0/.0.json.1.new"]
    write(tmp_path, *gone, *stay)
    remove_left_over(tmp_path)
    assert names(tmp_path) == set(stay)
