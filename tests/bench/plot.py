def draw(bench, path): pass
