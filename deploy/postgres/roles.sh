#!/bin/sh
# Runs once, in an empty database folder: the owner, the application's role, and the owner's database.
set -eu
psql --username postgres --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner="$(cat /run/secrets/owner_password)" --set application="$(cat /run/secrets/application_password)" <<'SQL'
CREATE ROLE gatehouse_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE gatehouse_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'application';
CREATE DATABASE gatehouse OWNER gatehouse_owner;
SQL
