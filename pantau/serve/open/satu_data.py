"""Metadata of a dataset in the fields of Satu Data Indonesia: activity (MS-Keg), variables (MS-Var), indicators (MS-Ind).

Everything that a system can know comes from the vocabulary; what only the city knows (persons in charge, schedules, recommendations of BPS) is left
to the walidata's form. A stored indicator is a variable that was observed and an indicator that is shown; one that is worked out is an
indicator only. Source: Peraturan BPS 5/2020 and Kota Semarang's guide of 2022, as `reference/standards.md` has their fields and codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pantau.serve.open.datasets import Dataset
from pantau.serve.schema.open import ActivityMetadata, IndicatorMetadata, MetadataAnswer, VariableMetadata
from pantau.serve.services import CityFacts
from pantau.vocabulary import Family, Indicator, family

SECTOR: Final[Mapping[str, int]] = {"TRAN": 22, "ENVI": 6, "SOCI": 19, "GOVE": 11}
"""By theme, the code of BPS's list of sectors: transport, environment, regions and cities, information technology."""
MEASURE: Final[Mapping[str, str]] = {"sum": "Jumlah", "mean": "Rata-rata"}
SPREAD: Final[Mapping[str, str]] = {
    "yes": "Tempat; boleh dijumlahkan antartempat",
    "cordon": "Tempat; dijumlahkan hanya di garis batas wilayah",
    "never": "Tempat; tidak dijumlahkan antartempat",
}
CHECKED: Final = "Setiap selang membawa cakupan (bagian waktu yang diamati); hitungan dibandingkan dengan hitungan manusia dan diperiksa sendiri"


def metadata(one: Dataset, city: CityFacts, package: str) -> MetadataAnswer:
    """The three forms of a dataset."""
    told = one.indicators
    return MetadataAnswer(
        ms_keg=_activity(one, city, package),
        ms_var=tuple(variable(i) for i in told if i.stored),
        ms_ind=tuple(indicator_form(i, city) for i in told),
    )


def _activity(one: Dataset, city: CityFacts, package: str) -> ActivityMetadata:
    return ActivityMetadata(
        judul_kegiatan=title(one.family, city),
        tahun=one.last.year,
        cara_pengumpulan_data=4,
        sektor_kegiatan=SECTOR.get(one.family.theme, 19),
        jenis_kegiatan_statistik=2,
        instansi=city.name,
        latar_belakang=one.family.concept.id,
        tujuan=f"Menyediakan data {one.family.label.id.lower()} yang berkelanjutan dan terbuka.",
        dilakukan=2,
        frekuensi=1,
        tipe=1,
        cakupan=2,
        wilayah=city.region,
        metode=4,
        sarana=32,
        sarana_lainnya="Kamera CCTV dengan analitik video",
        unit=8,
        metode_pemeriksaan_kualitas=CHECKED,
        tingkat_penyajian="Tempat pengamatan, per jam dan per hari",
        produk_digital=package,
    )


def variable(one: Indicator) -> VariableMetadata:
    """MS-Var of a stored indicator."""
    return VariableMetadata(
        nama=one.label.id,
        alias=one.id,
        konsep=concept(one),
        definisi=one.definition.id,
        referensi_pemilihan=one.source,
        referensi_waktu="Selang satu jam menurut waktu setempat",
        ukuran=MEASURE[one.over_time],
        satuan=one.unit,
        tipe_data="Numerik",
        klasifikasi_isian=one.classification,
        aturan_validasi="Bilangan tidak negatif; kosong berarti tidak diamati atau tidak diterbitkan, bukan nol"
        if one.over_time == "sum"
        else "Bilangan; kosong berarti tidak diamati atau tidak diterbitkan, bukan nol",
        kalimat_pertanyaan="Tidak ada: pengamatan otomatis",
        akses_umum=one.publish != "closed",
    )


def indicator_form(one: Indicator, city: CityFacts) -> IndicatorMetadata:
    """MS-Ind of an indicator."""
    composite = bool(one.of or one.counts)
    parts = (*(f"{one.family}.{name}" for name in one.of), *one.counts)
    return IndicatorMetadata(
        nama=one.label.id,
        konsep=concept(one),
        definisi=one.definition.id,
        interpretasi=_read(one),
        metode_rumus=_formula(one, parts),
        ukuran=MEASURE[one.over_time],
        satuan=one.unit,
        klasifikasi_penyajian=one.classification,
        indikator_komposit=1 if composite else 2,
        indikator_pembangun=parts,
        kegiatan_penghasil=title(family(one.family), city),
        kode_kegiatan="",
        variabel_pembangun=() if composite else (one.id,),
        level_estimasi=SPREAD[one.over_places],
        dapat_diakses_umum=one.publish != "closed",
        versi=one.version,
    )


def title(one: Family, city: CityFacts) -> str:
    """Title of a family's dataset in Indonesian."""
    return f"{one.label.id}, {city.name}"


def concept(one: Indicator) -> str:
    """Concept of an indicator in Indonesian: its family's."""
    return family(one.family).concept.id


def _read(one: Indicator) -> str:
    more = (
        "Angka lebih tinggi berarti lebih banyak"
        if one.over_time == "sum"
        else "Angka lebih tinggi berarti lebih tinggi"
    )
    return f"{more}; dibaca bersama cakupannya"


def _formula(one: Indicator, parts: tuple[str, ...]) -> str:
    if one.take.startswith("p"):
        return f"Persentil {one.take[1:]} dari {', '.join(parts)}"
    if parts:
        return f"{'Jumlah berbobot' if one.counts else one.take or 'mean'} dari {', '.join(parts)}"
    return "Jumlah kejadian dalam selang" if one.over_time == "sum" else "Jumlah nilai sampel dibagi banyaknya sampel"
