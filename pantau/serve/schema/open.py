"""What the open API answers as JSON, beside its files; the conventions are those of `pantau.serve.schema.answer`."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, Words
from pantau.serve.schema.portal import PolicyAnswer


class DatasetFile(Answer):
    """One form of a dataset."""

    format: str = Field(examples=["csv"])
    media_type: str = Field(examples=["text/csv"])
    url: str = Field(description="Address of the last 30 days by hour; give tier, from and to for others.")


class DatasetIndicator(Answer):
    """One number of a dataset."""

    id: str = Field(examples=["traffic.car"])
    label: Words
    definition: Words
    unit: str = Field(description="UCUM.")
    version: str = Field(description="Of the definition.")
    policies: tuple[PolicyAnswer, ...] = Field(description="How it is published: one for each policy of its places.")


class DatasetAnswer(Answer):
    """A dataset of the city."""

    id: str = Field(examples=["traffic"])
    title: Words
    description: Words
    classification: str
    licence: str
    places: tuple[str, ...]
    first: AwareDatetime
    last: AwareDatetime
    indicators: tuple[DatasetIndicator, ...]
    files: tuple[DatasetFile, ...]
    package: str = Field(description="Address of its Data Package descriptor.")
    metadata: str = Field(description="Address of its metadata in the fields of Satu Data Indonesia.")


class DatasetsAnswer(Answer):
    """Every dataset."""

    datasets: tuple[DatasetAnswer, ...]


class ActivityMetadata(Answer):
    """MS-Keg: the statistical activity (Peraturan BPS 5/2020), as far as a system can know it."""

    judul_kegiatan: str
    tahun: int
    cara_pengumpulan_data: int = Field(description="4: other ways of information technology.")
    sektor_kegiatan: int
    jenis_kegiatan_statistik: int = Field(description="2: sectoral.")
    instansi: str
    latar_belakang: str
    tujuan: str
    dilakukan: int = Field(description="2: repeated.")
    frekuensi: int = Field(description="1: daily.")
    tipe: int = Field(description="1: longitudinal panel.")
    cakupan: int = Field(description="2: part of Indonesia.")
    wilayah: str = Field(description="Kemendagri code, as text.")
    metode: int = Field(description="4: observation.")
    sarana: int = Field(description="32: other.")
    sarana_lainnya: str
    unit: int = Field(description="8: other.")
    metode_pemeriksaan_kualitas: str
    tingkat_penyajian: str
    produk_digital: str


class VariableMetadata(Answer):
    """MS-Var: a variable."""

    nama: str
    alias: str
    konsep: str
    definisi: str
    referensi_pemilihan: str
    referensi_waktu: str
    ukuran: str
    satuan: str
    tipe_data: str
    klasifikasi_isian: str
    aturan_validasi: str
    kalimat_pertanyaan: str
    akses_umum: bool


class IndicatorMetadata(Answer):
    """MS-Ind: an indicator."""

    nama: str
    konsep: str
    definisi: str
    interpretasi: str
    metode_rumus: str
    ukuran: str
    satuan: str
    klasifikasi_penyajian: str
    indikator_komposit: int = Field(description="1: yes, 2: no.")
    indikator_pembangun: tuple[str, ...]
    kegiatan_penghasil: str
    kode_kegiatan: str
    variabel_pembangun: tuple[str, ...]
    level_estimasi: str
    dapat_diakses_umum: bool
    versi: str


class MetadataAnswer(Answer):
    """A dataset in the fields of Satu Data Indonesia."""

    ms_keg: ActivityMetadata
    ms_var: tuple[VariableMetadata, ...]
    ms_ind: tuple[IndicatorMetadata, ...]
