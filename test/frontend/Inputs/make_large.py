"""Writes programs that reach a limit: make_large.py KIND COUNT."""
import sys

kind, count = sys.argv[1], int(sys.argv[2])
head = "mixer m(B, L)\n  in x : [B, L]\n{\n"
if kind == "states":  # the dimension of the last one wanders to the first, one round each
    print(head + "  scan L {")
    for i in range(count):
        print(f"    state s{i} : []")
    for i in range(count - 1):
        print(f"    s{i} := s{i + 1}")
    print(f"    s{count - 1} := x\n  }}\n  return final(s0)\n}}")
elif kind == "calls":
    print("fn f0(x) = x")
    for i in range(1, count):
        print(f"fn f{i}(x) = f{i - 1}(x)")
    print(head + f"  return f{count - 1}(x)\n}}")
elif kind == "name":
    print(head + "  return " + "n" * count + "\n}")
elif kind == "statements":
    print(head + "\n".join(f"  y{i} = x" for i in range(count)) + "\n  return x\n}")
elif kind == "sum":
    print(head + "  return " + " + ".join(["x"] * count) + "\n}")
elif kind == "parens":
    print(head + "  return " + "(" * count)
