from loom_app.auth.gate import CurrentActor, public, requires
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, Page, ReadTx, WriteTx

__all__ = ["AppDatabase", "AppSettings", "AppVault", "CurrentActor", "Page", "ReadTx", "WriteTx", "public", "requires"]
