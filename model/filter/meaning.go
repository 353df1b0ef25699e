package filter

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"trailsift/model"
)

// meaning reads an alternative as the kind of its field demands, in one canonical form.
func (s *scanner) meaning(t *readTerm, in model.Info, l lexed) (model.Value, error) {
	typed := string(l.literal)
	switch in.Kind {
	case model.KindEnum:
		return named(t.Field, in.Values, l)
	case model.KindFlags:
		return named(t.Field, model.FlagNames, l)
	case model.KindBool:
		return truth(t.Field, l)
	case model.KindIP:
		return address(l)
	case model.KindInt:
		if n, err := strconv.ParseInt(typed, 10, 64); err == nil && !l.glob {
			return model.Value{Text: strconv.FormatInt(n, 10)}, nil
		}
		return model.Value{}, fail(l.from, l.to, "%s wants a number%s", string(t.Field), rangeHint(t))
	case model.KindSize:
		if n, ok := parseSize(typed); ok && !l.glob {
			return model.Value{Text: strconv.FormatInt(n, 10)}, nil
		}
		return model.Value{}, fail(l.from, l.to, "%s wants a size such as 4096 or 10MB (powers of 1024)", string(t.Field))
	case model.KindTime:
		return s.moment(t, l)
	}
	if t.Field == model.FieldHour {
		if v := l.value(); validHours(v) {
			return v, nil
		}
		return model.Value{}, fail(l.from, l.to, "hour wants hours such as 8-18, 22-6 or 8-18+01:00")
	}
	return l.value(), nil
}

func rangeHint(t *readTerm) string {
	if t.Op != model.Equals || t.Field != model.FieldStatus {
		return ""
	}
	return "; status:>=400 finds that and all above"
}

// named reads one of a fixed list of names, or a pattern that fits at least one of them.
func named(f model.Field, names []string, l lexed) (model.Value, error) {
	v := l.value()
	v.Text = strings.ToLower(v.Text)
	if v.Glob {
		if f != model.FieldRecords && slices.ContainsFunc(names, func(n string) bool { return Glob(v.Text, n) }) {
			return v, nil
		}
		return v, fail(l.from, l.to, "no value of %s is like %s; it is one of %s", string(f), v.Text, list(names))
	}
	if slices.Contains(names, v.Text) {
		return v, nil
	}
	if near := nearest(v.Text, names); near != "" {
		return v, fail(l.from, l.to, "%s has no value %s; did you mean %s?", string(f), v.Text, near)
	}
	return v, &Error{l.from, l.to, string(f) + " is one of " + list(names)}
}

func list(names []string) string { return strings.Join(names, ", ") }

func truth(f model.Field, l lexed) (model.Value, error) {
	switch strings.ToLower(string(l.literal)) {
	case "true", "yes":
		return model.Value{Text: "true"}, nil
	case "false", "no":
		return model.Value{Text: "false"}, nil
	}
	return model.Value{}, fail(l.from, l.to, "%s is true or false", string(f))
}

// address reads an address, a CIDR block, a pattern, or a text the log holds in its place, such as
// "AWS Internal" or s3.amazonaws.com. What looks like an address or block but is none must be quoted
// to be taken as a text.
func address(l lexed) (model.Value, error) {
	v := l.value()
	if v.Glob || l.quoted {
		return v, nil
	}
	if strings.Contains(v.Text, "/") {
		block, err := netip.ParsePrefix(v.Text)
		if err != nil {
			return v, fail(l.from, l.to, "%s is no address block; one is written 10.0.0.0/8 or 2001:db8::/32", v.Text)
		}
		return model.Value{Text: block.Masked().String()}, nil
	}
	if !plausibleAddress(v.Text) {
		return v, fail(l.from, l.to, "%s is no address; a block is written 10.0.0.0/24, a beginning 10.0.0.*", v.Text)
	}
	return v, nil
}

// plausibleAddress tells that s is an address, or nothing one would take for one.
func plausibleAddress(s string) bool {
	if strings.Trim(s, "0123456789.") != "" {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// Block is the address block that a value of the field ip stands for, if it does: other texts with a
// slash are texts the log holds in place of an address.
func Block(v model.Value) (netip.Prefix, bool) {
	if v.Glob {
		return netip.Prefix{}, false
	}
	p, err := netip.ParsePrefix(v.Text)
	return p, err == nil && p.Masked().String() == v.Text
}

// plainAddress tells that address takes s unquoted, and as it is.
func plainAddress(s string) bool {
	if strings.Contains(s, "/") {
		_, ok := Block(model.Value{Text: s})
		return ok
	}
	return plausibleAddress(s)
}

// units are the names of sizes in powers of 1024, the shortest first.
const units = "KMGTP"

// parseSize reads 4096, 10MB, 10MiB, 10M or 1.5GB, when that is a whole number of bytes.
func parseSize(s string) (int64, bool) {
	digits := strings.TrimRight(s, "BbIiKkMmGgTtPp ")
	unit := strings.ToUpper(strings.TrimSpace(s[len(digits):]))
	factor := 1.0
	if u := strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I"); u != "" {
		i := strings.Index(units, u)
		if len(u) != 1 || i < 0 || unit == u+"I" {
			return 0, false
		}
		factor = math.Pow(1024, float64(i+1))
	} else if unit != "" && unit != "B" {
		return 0, false
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		if n < 0 || n > math.MaxInt64/int64(factor) {
			return 0, false
		}
		return n * int64(factor), true
	}
	if strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(digits, 64)
	x *= factor
	if err != nil || x != math.Trunc(x) || x >= 1<<53 {
		return 0, false
	}
	return int64(x), true
}

// printSize is the shortest text that parseSize reads as s, which is a number.
func printSize(s string) string {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return s
	}
	i := 0
	for ; i < len(units) && n%1024 == 0; i++ {
		n /= 1024
	}
	if i == 0 {
		return s
	}
	return strconv.FormatInt(n, 10) + units[i-1:i] + "B"
}
