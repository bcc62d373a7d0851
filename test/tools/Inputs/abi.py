"""Prints the ABI that the table of a program asks for: abi.py PROGRAM.so SYMBOL"""
import ctypes
import os
import sys

library = ctypes.CDLL(sys.argv[1], mode=os.RTLD_LAZY)
halves = (ctypes.c_uint16 * 4).in_dll(library, sys.argv[2])  # the magic number takes two
print(f"ABI {halves[2]}.{halves[3]}")
