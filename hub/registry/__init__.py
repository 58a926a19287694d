"""What stands where and whose it is, as files: CSV tables and GeoJSON areas.

``tables`` says which columns each table has, ``rows`` reads CSV, ``geojson`` reads areas, and
``importing`` brings files into the store.
"""
