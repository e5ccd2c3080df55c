"""The WeChat-compatible open API (微信第三方平台接口): an adapter that translates and holds no rule."""
