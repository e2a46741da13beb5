# Home Assistant serves voluptuous as an alias of probatio; so do its types.
from probatio import *
