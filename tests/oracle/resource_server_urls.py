"""Two protected addresses and what each needs."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class WorkOrders(APIView):
    required_scopes = ["work_orders:view"]

    def get(self, request: Request) -> Response:
        return Response({"work_orders": [1, 2, 3], "scope": request.auth.scope})


class Assets(APIView):
    required_scopes = ["assets:view", "assets:delete"]

    def get(self, request: Request) -> Response:
        return Response({"assets": []})


urlpatterns = [path("work-orders", WorkOrders.as_view()), path("assets", Assets.as_view())]
