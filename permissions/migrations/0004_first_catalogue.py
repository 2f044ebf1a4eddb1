"""The catalogue a new installation begins with. Afterwards it is the operator's (manage.py catalogue)."""

from django.db import migrations

LANGUAGES = ("en", "es", "pt-br", "fr")
ALL = ("view", "add", "edit", "delete", "report")
KEEP = ("view", "add", "edit", "delete")
SEE = ("view",)

VERBS = {
    "view": ("See", "Ver", "Visualizar", "Consulter"),
    "add": ("Add", "Agregar", "Adicionar", "Ajouter"),
    "edit": ("Edit", "Editar", "Editar", "Modifier"),
    "delete": ("Delete", "Eliminar", "Excluir", "Supprimer"),
    "report": ("Generate reports on", "Generar reportes sobre", "Gerar relatórios sobre", "Générer des rapports sur"),
}

# slug, parent, actions, names and nouns in the order of LANGUAGES. A noun is what follows a verb.
PRODUCT = (
    (
        "assets",
        None,
        ALL,
        ("Assets", "Activos", "Ativos", "Actifs"),
        ("assets", "activos", "ativos", "des actifs"),
    ),
    (
        "locations",
        "assets",
        KEEP,
        ("Locations", "Ubicaciones", "Localizações", "Emplacements"),
        ("locations", "ubicaciones", "localizações", "des emplacements"),
    ),
    (
        "equipment",
        "assets",
        KEEP,
        ("Equipment", "Equipos", "Equipamentos", "Équipements"),
        ("equipment", "equipos", "equipamentos", "des équipements"),
    ),
    (
        "work_orders",
        None,
        ALL,
        ("Work orders", "Órdenes de trabajo", "Ordens de serviço", "Ordres de travail"),
        ("work orders", "órdenes de trabajo", "ordens de serviço", "des ordres de travail"),
    ),
    (
        "maintenance_plans",
        "work_orders",
        KEEP,
        ("Maintenance plans", "Planes de mantenimiento", "Planos de manutenção", "Plans de maintenance"),
        ("maintenance plans", "planes de mantenimiento", "planos de manutenção", "des plans de maintenance"),
    ),
    (
        "work_requests",
        None,
        ALL,
        ("Work requests", "Solicitudes de trabajo", "Solicitações de serviço", "Demandes d'intervention"),
        ("work requests", "solicitudes de trabajo", "solicitações de serviço", "des demandes d'intervention"),
    ),
    (
        "inventory",
        None,
        ALL,
        ("Inventory", "Inventario", "Estoque", "Stock"),
        ("inventory items", "artículos del inventario", "itens do estoque", "des articles du stock"),
    ),
    (
        "warehouses",
        "inventory",
        KEEP,
        ("Warehouses", "Almacenes", "Almoxarifados", "Entrepôts"),
        ("warehouses", "almacenes", "almoxarifados", "des entrepôts"),
    ),
    (
        "third_parties",
        None,
        ALL,
        ("Third parties", "Terceros", "Terceiros", "Tiers"),
        ("third parties", "terceros", "terceiros", "des tiers"),
    ),
    (
        "monitoring",
        None,
        ("view", "report"),
        ("Monitoring", "Monitoreo", "Monitoramento", "Surveillance"),
        ("monitoring data", "datos de monitoreo", "dados de monitoramento", "des données de surveillance"),
    ),
    (
        "meters",
        "monitoring",
        KEEP,
        ("Meters", "Medidores", "Medidores", "Compteurs"),
        ("meters", "medidores", "medidores", "des compteurs"),
    ),
    (
        "reports",
        None,
        KEEP,
        ("Reports", "Reportes", "Relatórios", "Rapports"),
        ("saved reports", "reportes guardados", "relatórios salvos", "des rapports enregistrés"),
    ),
)

# Only what the panel and the API can do.
OWN = (
    (
        "consumers",
        None,
        KEEP,
        ("OAuth consumers", "Consumidores OAuth", "Consumidores OAuth", "Consommateurs OAuth"),
        ("OAuth consumers", "consumidores OAuth", "consumidores OAuth", "des consommateurs OAuth"),
    ),
    (
        "authorizations",
        None,
        ("view", "delete"),
        (
            "App authorizations",
            "Autorizaciones de aplicaciones",
            "Autorizações de aplicativos",
            "Autorisations d'applications",
        ),
        (
            "app authorizations",
            "autorizaciones de aplicaciones",
            "autorizações de aplicativos",
            "des autorisations d'applications",
        ),
    ),
    (
        "permission_groups",
        None,
        KEEP,
        ("Permission groups", "Grupos de permisos", "Grupos de permissão", "Groupes de permissions"),
        ("permission groups", "grupos de permisos", "grupos de permissão", "des groupes de permissions"),
    ),
    (
        "members",
        None,
        SEE,
        ("Members", "Miembros", "Membros", "Membres"),
        ("the company's members", "miembros de la compañía", "membros da empresa", "les membres de l'entreprise"),
    ),
    (
        "transactions_log",
        None,
        ("view", "report"),
        ("Transactions log", "Registro de transacciones", "Registro de transações", "Journal des transactions"),
        (
            "the transactions log",
            "el registro de transacciones",
            "o registro de transações",
            "le journal des transactions",
        ),
    ),
)

REVOKE = (
    "Revoke app authorizations",
    "Revocar autorizaciones de aplicaciones",
    "Revogar autorizações de aplicativos",
    "Révoquer les autorisations d'applications",
)


def by_language(texts):
    return dict(zip(LANGUAGES, texts, strict=True))


def sentence(slug, action, nouns):
    if (slug, action) == ("authorizations", "delete"):
        return by_language(REVOKE)
    texts = {language: f"{verb} {noun}" for language, verb, noun in zip(LANGUAGES, VERBS[action], nouns, strict=True)}
    if action != "add":
        # French: what is added is new (des), what is seen or changed is there (les).
        texts["fr"] = texts["fr"].replace(f"{VERBS[action][3]} des ", f"{VERBS[action][3]} les ", 1)
    return texts


def seed(apps, schema_editor):
    Module = apps.get_model("permissions", "Module")
    rows = [(row, False) for row in PRODUCT] + [(row, True) for row in OWN]
    for place, ((slug, parent, actions, names, nouns), is_own) in enumerate(rows, start=1):
        fields = {
            "parent_id": parent,
            "names": by_language(names),
            "nouns": by_language(nouns),
            "sentences": {action: sentence(slug, action, nouns) for action in actions},
            "actions": list(actions),
            "position": place * 10,
            "is_own": is_own,
        }
        Module.objects.get_or_create(slug=slug, defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("permissions", "0003_module_words")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
