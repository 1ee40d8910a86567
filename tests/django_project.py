"""The Django project of all tests: Django can be configured only once in a process."""

from __future__ import annotations

import django
import requests
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

from tests.clients.support import URL


def index(_):
    return HttpResponse("the page, and " + requests.get(URL, timeout=5).text)


urlpatterns = [path("", index)]


def set_up():
    if not settings.configured:
        urls = {"ROOT_URLCONF": __name__, "STATIC_URL": "/static/", "MEDIA_URL": "/media/"}
        settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50, **urls)
        django.setup()
