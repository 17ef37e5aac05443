import pytest

from home.circulars.numbers import normalise


@pytest.mark.parametrize(
    "written",
    [
        "5/2023",
        "٥/٢٠٢٣",
        "رقم 5.2023",
        "رقم: 5.2023",
        "n° 5/2023",
        "5-2023",
        "N°05/2023",
        "عدد 5 / 2023",
        "№ 5/2023",
        "nº5/2023",
        "رقـم 5/2023",
        "\u202b٥/٢٠٢٣\u202c",
        "n°\xa05‑2023",
        "۵/۲۰۲۳",
        "no. 5/2023",
        "numéro 5/2023",
    ],
)
def test_number_of_a_year_in_all_its_spellings(written):
    assert normalise(written) == "5/2023"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("2.18.855", "2.18.855"),
        ("2-18-855", "2.18.855"),
        ("2/18.855", "2.18.855"),
        ("رقم ٢.١٨.٨٥٥", "2.18.855"),
        ("1.20.06", "1.20.6"),
        ("1-00-71", "1.00.71"),
        ("55.19", "55.19"),
        ("n° 09-08", "9.08"),
        ("80.00", "80.00"),
        ("065.13", "65.13"),
        ("1930.25", "1930.25"),
        ("5.23", "5.23"),
        ("2005-1726", "2005.1726"),
        ("2.57.1841", "2.57.1841"),
        ("12/1444", "12/1444"),
        ("6784", "6784"),
        ("007", "7"),
        ("3013 مكرر", "3013bis"),
        ("3013 bis", "3013bis"),
        ("463/FP", "463/FP"),
        ("(م/١٤٠)", "م/140"),
        ("n", "N"),
        ("", ""),
    ],
)
def test_number_normalised(written, normal):
    assert normalise(written) == normal
    assert normalise(normal) == normal
