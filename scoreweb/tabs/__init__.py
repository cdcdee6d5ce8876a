"""The page's tabs, one module each: they lay out components and pass events on."""
