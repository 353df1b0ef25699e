package sqlgen

import "strings"

// cond is a condition with the arguments of its placeholders, or a constant. SQL's third truth value
// counts as false: a condition on an absent value keeps nothing.
type cond struct {
	sql  string
	args []any
	set  bool // constant
	val  bool
}

func constant(v bool) cond               { return cond{set: true, val: v} }
func fixed(sql string, args ...any) cond { return cond{sql: sql, args: args} }
func (c cond) isFalse() bool             { return c.set && !c.val }
func (c cond) isTrue() bool              { return c.set && c.val }

func (c cond) text() string {
	switch {
	case c.isTrue():
		return "true"
	case c.isFalse():
		return "false"
	}
	return c.sql
}

func and(all ...cond) cond { return join(all, " and ", true) }
func or(all ...cond) cond  { return join(all, " or ", false) }

// then is d, decided only where c holds: left to itself, the engine decides all parts of a conjunction for
// every row.
func (c cond) then(d cond) cond {
	if c.set || d.set {
		return d
	}
	return fixed("case when "+c.sql+" then "+d.sql+" end", append(append([]any(nil), c.args...), d.args...)...)
}

// join combines conditions; unit is the value that changes nothing.
func join(all []cond, word string, unit bool) cond {
	var parts []string
	var args []any
	for _, c := range all {
		if c.set {
			if c.val != unit {
				return constant(!unit)
			}
			continue
		}
		parts = append(parts, c.sql)
		args = append(args, c.args...)
	}
	switch len(parts) {
	case 0:
		return constant(unit)
	case 1:
		return fixed(parts[0], args...)
	}
	return fixed("("+strings.Join(parts, word)+")", args...)
}

// not keeps what c does not, rows on which c is unknown included.
func not(c cond) cond {
	if c.set {
		return constant(!c.val)
	}
	return fixed("(("+c.sql+") is not true)", c.args...)
}
