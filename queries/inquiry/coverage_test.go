package inquiry

import (
	"fmt"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// line is n records of a bucket's access log in an hour.
func line(at time.Time, bucket string, n int64) counted {
	return counted{strip: stripOf("access", "data", "", "", bucket), hour: at, first: at.Add(time.Minute), last: at.Add(2 * time.Minute), n: n}
}

func TestASpanThatIsTooLongIsToldWhereItsRecordsLie(t *testing.T) {
	day := func(year int) time.Time { return time.Date(year, 3, 1, 5, 0, 0, 0, time.UTC) }
	span := model.Span{From: day(1999), To: day(2027)}
	for name, c := range map[string]struct {
		span, evidence model.Span
		records        []counted
		want           string
	}{
		"one old line": {span, span, []counted{line(day(2026), "b", 7), line(day(1999), "b", 1), line(day(2026).Add(3*time.Hour), "b", 1)},
			"2026-03-01T05 to 2026-03-01T09, 1 outside, 1999-03-01T05:01 to 1999-03-01T05:02"},
		"many old lines": {span, span, []counted{line(day(2026), "b", 7), line(day(2001), "c", 4), line(day(2000), "b", 4)},
			"2000-03-01T05 to 2001-03-01T06, 7 outside, 2026-03-01T05:01 to 2026-03-01T05:02"},
		"ten years": {model.Span{From: day(2016), To: day(2026)}, span, []counted{line(day(2026).Add(-time.Hour), "b", 1), line(day(2016), "b", 1)},
			"2016-03-01T05 to 2026-03-01T05, all of it"},
		"no record at all, the evidence is later":   {span, model.Span{From: day(2030), To: day(2031)}, nil, "2017-02-21T05 to 2027-03-01T05, 0 outside"},
		"no record at all, the evidence is earlier": {span, model.Span{From: day(1990), To: day(1991)}, nil, "1999-03-01T05 to 2009-03-08T05, 0 outside"},
	} {
		x := newCoverer(c.span, c.evidence)
		for _, r := range c.records {
			x.lane(r.strip).reach(r.first, r.last)
		}
		x.near(c.records)
		got := fmt.Sprintf("%s to %s, ", x.span.From.Format("2006-01-02T15"), x.span.To.Format("2006-01-02T15"))
		switch o := x.out.Outside; {
		case o == nil:
			got += "all of it"
		case o.First == nil:
			got += fmt.Sprint(o.Records, " outside")
		default:
			got += fmt.Sprintf("%d outside, %s to %s", o.Records, o.First.Format("2006-01-02T15:04"), o.Last.Format("2006-01-02T15:04"))
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		for _, l := range x.lanes {
			if !l.first.IsZero() && (l.first.Before(x.span.From) || !l.last.Before(x.span.To)) {
				t.Errorf("%s: a record outside tells that the log ran, from %s to %s", name, l.first, l.last)
			}
		}
	}
}

func TestSelectorsOfWritesPartTheReads(t *testing.T) {
	writes := decoded(t, `{"eventSelectors":[{"readWriteType":"WriteOnly","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]}`)
	all := decoded(t, `{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]}`)
	c := newCoverer(model.Span{From: hourAt(0), To: hourAt(4)}, model.Span{From: hourAt(0), To: hourAt(4)})
	c.chosen = []selection{chosenBy(hourAt(-5), "1", "r", "t", writes), chosenBy(hourAt(2), "1", "r", "t", all)}
	l := c.lane(stripOf("cloudtrail", "data", "1", "r", "b"))
	reads, others, differ := c.halves(l)
	if !differ {
		t.Fatal("the strip stays whole")
	}
	for i := range 4 {
		others.add(i, 4, counted{n: 1})
		others.reach(hourAt(float64(i)), hourAt(float64(i)))
	}
	c.lanes = []*lane{reads, others}
	for l, want := range map[*lane]string{reads: "--??", others: "####"} {
		if l.judge(c, c.sites(nil)[l.site()]); l.Hours != want {
			t.Errorf("%s: %s, want %s", l.Only, l.Hours, want)
		}
	}
	if _, _, differ := c.halves(c.lane(stripOf("cloudtrail", "data", "2", "r", "b"))); differ {
		t.Error("another account's strip is parted")
	}
}

func TestWhatIsSpokenOfHasAStripWithoutARecord(t *testing.T) {
	c := newCoverer(model.Span{From: hourAt(0), To: hourAt(3)}, model.Span{})
	c.chosen = []selection{chosenBy(hourAt(-1), "1", "r", "t", decoded(t, `{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::named/"]}]}]}`))}
	c.logged = []logging{{hourAt(-2), "quiet", false}}
	chains := []Chain{{Account: "1", Region: "r", Span: model.Span{From: hourAt(-1), To: hourAt(2)}}, {Account: "2", Region: "r"}}
	c.subjects(chains)
	sites, got := c.sites(chains), ""
	for _, l := range c.lanes {
		l.judge(c, sites[l.site()])
		got += fmt.Sprintf("%s %s%s %s %s; ", l.Log, l.Account, l.Bucket, l.Events, l.Hours)
	}
	const want = "cloudtrail 1 management ..?; cloudtrail 2 management ???; access quiet data ---; cloudtrail 1named data ???; "
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestTheLastChangeBeforeTheHoursIsTold(t *testing.T) {
	c := newCoverer(model.Span{From: hourAt(5), To: hourAt(8)}, model.Span{})
	for _, x := range []struct {
		at          float64
		about, text string
	}{{1, "a", "first"}, {2, "a", "second"}, {3, "", "nothing lasting"}, {6, "a", "within"}, {9, "a", "after"}} {
		c.cause(x.about, answer.Cause{Event: answer.Event{Time: moment(hourAt(x.at))}, Text: x.text})
	}
	c.settle(nil)
	got := ""
	for _, x := range c.out.Causes {
		got += fmt.Sprint(x.Text, " ", x.Before, "; ")
	}
	if got != "second true; within false; " {
		t.Error(got)
	}
}
