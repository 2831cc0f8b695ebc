import numpy as np
import pytest

from keras_genae.cli.labels import kinds_of, read_labels


def table(tmp_path, text):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    return path


def read(tmp_path, text, names, folder=""):
    labelled, labels = read_labels(table(tmp_path, text), names, folder)
    return labelled.tolist(), {name: values.tolist() for name, values in labels.items()}


def test_numbers_ranges_and_words(tmp_path):
    text = (
        "file,smile,age,gender,hair,planet\n"
        "c.png,-1,30-39,Male,red,Earth\n"
        "a.png,1,more than 70,Female,brown,Earth\n"
        "b.png,0.5,3,Male,black,Earth\n"
    )
    labelled, labels = read(tmp_path, text, ("a.png", "b.png", "c.png"))
    assert labelled == [True, True, True]
    assert labels == {
        "smile": [1.0, 0.5, -1.0],
        "age": [70.0, 3.0, 34.5],
        "gender: Male": [0.0, 1.0, 1.0],
        "hair: black": [0.0, 1.0, 0.0],
        "hair: brown": [1.0, 0.0, 0.0],
        "hair: red": [0.0, 0.0, 1.0],
    }


def test_images_without_all_their_labels_are_told(tmp_path):
    text = "file,smile,age\na.png,1,20\nb.png,,30\nd.png,0,40\n"
    labelled, labels = read(tmp_path, text, ("a.png", "b.png", "c.png", "d.png"))
    assert labelled == [True, False, False, True]
    assert labels == {"smile": [1.0, 0.0], "age": [20.0, 40.0]}


def test_the_table_may_name_the_folder_of_the_images_or_leave_theirs_out(tmp_path):
    text = "file,smile\ntrain/1.jpg,1\ntrain/2.jpg,0\nval/1.jpg,5\n"
    assert read(tmp_path, text, ("1.jpg", "2.jpg"), "train")[1] == {"smile": [1.0, 0.0]}
    text = "file,smile\n1.jpg,1\n2.jpg,0\n"
    assert read(tmp_path, text, ("img/1.jpg", "img/2.jpg"))[1] == {"smile": [1.0, 0.0]}
    # The labels of 1.jpg may be those of either.
    assert read(tmp_path, text, ("a/1.jpg", "b/1.jpg", "1.jpg", "2.jpg"))[0] == [0, 0, 1, 1]


def test_the_table_of_celeba_as_its_authors_write_it(tmp_path):
    text = "2\nSmiling  Young\n000001.jpg -1  1\n000002.jpg  1 -1\n"
    labelled, labels = read(tmp_path, text, ("000001.jpg", "000002.jpg", "000003.jpg"))
    assert labelled == [True, True, False]
    assert labels == {"Smiling": [-1.0, 1.0], "Young": [1.0, -1.0]}


def test_names_of_people_are_no_attribute(tmp_path):
    rows = "".join(f"{i}.png,{i % 2},name {i}\n" for i in range(20))
    labels = read(tmp_path, "file,smile,person\n" + rows, [f"{i}.png" for i in range(20)])[1]
    assert list(labels) == ["smile"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "must be a CSV table"),
        ("file\na.png\n", r"must be a CSV table.*the header \['file'\]"),
        ("file,smile\na.png,1,2\n", "as many cells in every row"),
        ("file,smile\nz.png,1\n", r"of other images.*such as 'a.png'.*\['z.png'\]"),
        ("file,smile\na.png,1\nb.png,1\n", "no attribute in the table that differs"),
    ],
)
def test_tables_it_cannot_use_are_named(tmp_path, text, named):
    with pytest.raises(ValueError, match=named):
        read_labels(table(tmp_path, text), ("a.png", "b.png"))


def test_labels_are_those_of_the_images_they_come_with(tmp_path):
    names = [f"{i}.png" for i in (3, 1, 2)]
    labelled, labels = read_labels(table(tmp_path, "f,x\n1.png,10\n2.png,20\n3.png,30\n"), names)
    assert labelled.all()
    np.testing.assert_array_equal(labels["x"], [30.0, 10.0, 20.0])


def test_what_an_image_has_is_its_class():
    attributes = {"smile": np.array([-1, 1, 1, -1]), "age": np.array([20.0, 30.0, 70.0, 70.0])}
    numbers, names = kinds_of(attributes)
    assert [names[number] for number in numbers] == ["none", "smile", "smile + age", "age"]
    numbers, names = kinds_of(attributes, {"age": 25.0})
    assert [names[number] for number in numbers] == ["none", "smile + age", "smile + age", "age"]
    assert len(names) == 3
