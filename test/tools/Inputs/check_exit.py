#!/usr/bin/env python3
"""check_exit.py CODE COMMAND...: runs the command, shows what it says, and fails for another code."""
import subprocess
import sys

done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
sys.stdout.buffer.write(done.stdout)
sys.stdout.flush()
if done.returncode != int(sys.argv[1]):
    sys.exit(f"expected exit code {sys.argv[1]}, got {done.returncode}")
