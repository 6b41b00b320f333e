"""What agents see: the MCP server, resource server in OAuth's words.

May import shop, authority, store, feed and model.
"""
