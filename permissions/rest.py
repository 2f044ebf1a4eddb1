from rest_framework.permissions import BasePermission


class ScopePermission(BasePermission):
    pass
