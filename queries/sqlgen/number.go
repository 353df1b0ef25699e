package sqlgen

import (
	"math"
	"strconv"
	"strings"

	"trailsift/model"
	"trailsift/model/filter"
)

var compare = map[model.Op]string{
	model.Equals: " = ?", model.Less: " < ?", model.AtMost: " <= ?", model.Greater: " > ?", model.AtLeast: " >= ?",
}

// ordered compares numbers, sizes and times. Patterns are compared with the number as it is printed.
func (b builder) ordered(in model.Info, c column, t model.Term) (cond, error) {
	word, ok := compare[t.Op]
	if !ok {
		return cond{}, wrong(t.Field, "cannot be compared that way")
	}
	return b.each(t, func(v model.Value) (cond, error) {
		text, plain := literal(pieces(v))
		if !plain && t.Op == model.Equals && in.Kind != model.KindTime {
			return b.glob("cast("+c.expr+" as varchar)", v, false), nil
		}
		if !plain {
			return cond{}, wrong(t.Field, "%q is a pattern, which has no order", v.Text)
		}
		arg, err := quantity(in, text)
		if err != nil {
			return cond{}, err
		}
		return fixed(c.expr+word, arg), nil
	})
}

// quantity is text as the argument a column of that kind is compared with.
func quantity(in model.Info, text string) (any, error) {
	switch in.Kind {
	case model.KindTime:
		at, err := filter.ParseTime(text)
		if err != nil {
			return nil, wrong(in.Field, "%q is no time; write 2026-03-01T02:00:00Z", text)
		}
		return at, nil
	case model.KindSize:
		n, ok := parseSize(text)
		if !ok {
			return nil, wrong(in.Field, "%q is no size; write 1048576 or 10MB", text)
		}
		return n, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, wrong(in.Field, "%q is no whole number", text)
	}
	return n, nil
}

// units are powers of 1024, as the filter language reads them.
var units = map[string]float64{
	"": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40,
}

// parseSize reads bytes with an optional unit: 1.5MB and 1.5MiB are both 1,572,864 bytes.
func parseSize(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	at := len(strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	unit, ok := units[strings.ToLower(text[at:])]
	n, err := strconv.ParseFloat(strings.TrimSpace(text[:at]), 64)
	if !ok || err != nil || math.IsNaN(n) || math.Abs(n*unit) >= 1<<62 {
		return 0, false
	}
	return int64(n * unit), true
}
