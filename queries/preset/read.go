package preset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/queries/flatfile"
)

// form is the limits of one file. A preset is flat: its members, and lists of names and of parameters.
var form = flatfile.Form{Noun: "preset", Bytes: 64 << 10, Lines: 2000}

const (
	paramsLimit = 16
	groupLimit  = 8
)

// Parse reads one preset; the error names the file and, where it can, the line.
func Parse(file string, text []byte) (Preset, error) {
	var p Preset
	places, err := form.Read(file, text, &p)
	if err != nil {
		return p, err
	}
	if member, err := p.check(); err != nil {
		where := ""
		if line := places.Line(member); line > 0 {
			where = fmt.Sprintf(", line %d", line)
		}
		return p, fmt.Errorf("preset %s%s: %w", file, where, err)
	}
	return p, nil
}

// check names the member that is wrong with the error.
func (p Preset) check() (member string, err error) {
	switch {
	case p.Name == "" || p.Title == "" || p.Question == "":
		return "", errors.New("a name, a title and a question are needed")
	case cleanName(p.Name) != p.Name:
		return "name", errors.New("the name may hold a-z, 0-9 and - only")
	case p.Weight < 0 || p.Weight > 9 || p.Weight != 0 && p.Lead == "":
		return "weight", errors.New("a weight is a number from 1 to 9 beside a lead")
	case len(p.Group) > groupLimit:
		return "group", fmt.Errorf("at most %d fields to group by", groupLimit)
	}
	for _, e := range p.Evidence {
		if _, ok := needs[e]; !ok {
			return "evidence", fmt.Errorf("unknown evidence %q", e)
		}
	}
	for _, g := range p.Group {
		if info, ok := model.Lookup(model.Field(g)); !ok || info.Filter {
			return "group", fmt.Errorf("there is no field %q to group by", g)
		}
	}
	if err := p.checkParams(); err != nil {
		return "params", err
	}
	if member, err := p.checkAnswer(); err != nil {
		return member, err
	}
	if _, err := p.Query(nil, time.Unix(0, 0)); err != nil {
		if e := (*filter.Error)(nil); errors.As(err, &e) {
			return "filter", err
		}
		return "sort", err
	}
	return "", nil
}

// isColumn tells a field whose values can be counted; object is put together of two.
func isColumn(name string) bool {
	in, ok := model.Lookup(model.Field(name))
	return ok && (!in.Filter || in.Field == model.FieldObject)
}

func (p Preset) checkParams() error {
	if len(p.Params) > paramsLimit {
		return fmt.Errorf("at most %d parameters", paramsLimit)
	}
	for i, q := range p.Params {
		switch {
		case q.Name == "" || strings.Trim(q.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			return fmt.Errorf("parameter %q: its name may hold a-z, 0-9 and _ only", q.Name)
		case slices.ContainsFunc(p.Params[:i], func(o Param) bool { return o.Name == q.Name }):
			return fmt.Errorf("parameter %s is there twice", q.Name)
		case !slices.Contains(ownParams[p.Audit], q.Name) && !strings.Contains(p.Filter+strings.Join(p.Least, " "), "{"+q.Name+"}"):
			return fmt.Errorf("parameter %s is not used by the filter", q.Name)
		case q.Field != "" && !isColumn(q.Field):
			return fmt.Errorf("parameter %s: there is no field %q to complete it from", q.Name, q.Field)
		case strings.TrimSpace(q.Default) == "":
			return fmt.Errorf("parameter %s needs a default", q.Name)
		}
	}
	return nil
}
