"""Notifications of what a day has brought, for those who asked (extra ``notify``)."""
