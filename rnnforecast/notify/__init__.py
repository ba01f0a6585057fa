"""What a day has brought, told to whoever asked for it (extra ``notify``)."""
