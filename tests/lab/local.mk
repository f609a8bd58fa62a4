# Tests against programs that we did not write, in namespaces of their own.
