package inquiry

import (
	"fmt"
	"testing"

	"trailsift/model"
	"trailsift/model/answer"
)

// changed is a recorded call, n hours after the beginning, of account 1.
func changed(n float64, log model.Log, op, bucket, key, request, response string) row {
	fields := []model.Field{model.FieldTime, model.FieldLog, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldAccount, model.FieldRequest, model.FieldResponse}
	return row{fields, []any{hourAt(n), log.String(), op, bucket, key, "1", request, response}}
}

const (
	openPolicy = `{"bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}}`
	fullBlock  = `{"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":true,"IgnorePublicAcls":true}}`
	publicACL  = `{"x-amz-acl":["public-read"]}`
)

func hours(e answer.Exposure) string {
	out := fmt.Sprintf("%s%s %v", e.Bucket, e.Key, e.From.Sub(hourAt(0)).Hours())
	if e.To == nil {
		return out + "-; "
	}
	return out + fmt.Sprintf("-%v; ", e.To.Sub(hourAt(0)).Hours())
}

func TestTheBlockOfAnAccountClosesItsBuckets(t *testing.T) {
	w := watch{doors: map[string]*door{}, accounts: map[string]block{}, ignored: map[string][]answer.Exposure{}}
	for _, r := range []row{
		changed(1, model.CloudTrail, "PutBucketPolicy", "a", "", openPolicy, ""),
		changed(2, model.CloudTrail, "PutBucketAcl", "b", "", publicACL, ""),
		changed(3, model.CloudTrail, "PutAccountPublicAccessBlock", "", "", fullBlock, ""),
		changed(4, model.CloudTrail, "PutBucketPolicy", "c", "", openPolicy, ""),
		changed(5, model.CloudTrail, "DeleteAccountPublicAccessBlock", "", "", "{}", ""),
		changed(6, model.AccessLog, "PutBucketPolicy", "a", "", "", ""),
		changed(7, model.CloudTrail, "CreateBucket", "d", "", `{"x-amz-acl":"public-read-write"}`, ""),
	} {
		w.change(r)
	}
	got := ""
	for _, e := range w.found {
		got += hours(e)
	}
	for _, b := range []string{"a", "b", "c", "d"} {
		got += hours(*w.doors[b].open)
	}
	if want := "a 1-3; b 2-3; a 5-; b 5-; c 5-; d 7-; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(w.possible) != 1 || w.possible[0].Text != "PutBucketPolicy of a: only the access log tells of it; what was set is not recorded" {
		t.Errorf("%v", w.possible)
	}
}

func TestAnObjectIsOpenUntilItIsWrittenAnewOrGone(t *testing.T) {
	for name, c := range map[string]struct {
		r           row
		open, known bool
	}{
		"written with a list":     {changed(1, model.CloudTrail, "PutObject", "a", "k", publicACL, ""), true, true},
		"copied with a grant":     {changed(1, model.CloudTrail, "CopyObject", "a", "k", `{"x-amz-grant-read":["uri=http://acs.amazonaws.com/groups/global/AllUsers"]}`, ""), true, true},
		"written anew":            {changed(1, model.CloudTrail, "PutObject", "a", "k", `{}`, ""), false, true},
		"its list is set":         {changed(1, model.CloudTrail, "PutObjectAcl", "a", "k", `{"x-amz-acl":["authenticated-read"]}`, ""), true, true},
		"its list is taken back":  {changed(1, model.CloudTrail, "PutObjectAcl", "a", "k", `{"x-amz-acl":["private"]}`, ""), false, true},
		"the access log alone":    {changed(1, model.AccessLog, "PutObjectAcl", "a", "k", "", ""), false, false},
		"deleted":                 {changed(1, model.CloudTrail, "DeleteObject", "a", "k", "{}", ""), false, true},
		"an expiry":               {changed(1, model.AccessLog, "S3.EXPIRE.OBJECT", "a", "k", "", ""), false, true},
		"parts begun with a list": {changed(1, model.CloudTrail, "CreateMultipartUpload", "a", "k", publicACL, ""), false, false},
		"parts completed":         {changed(1, model.CloudTrail, "CompleteMultipartUpload", "a", "k", "{}", ""), false, true},
	} {
		l := lid{}
		if open, known := l.turn(c.r); known != c.known || known && open != c.open {
			t.Errorf("%s: %v, known %v", name, open, known)
		}
		if open, _ := l.turn(changed(2, model.CloudTrail, "CompleteMultipartUpload", "a", "k", "{}", "")); open != (name == "parts begun with a list") {
			t.Errorf("%s: then completed in parts: %v", name, open)
		}
	}
	old := changed(1, model.CloudTrail, "DeleteObject", "a", "k", "{}", "")
	old.fields, old.values = append(old.fields, model.FieldVersion), append(old.values, "v1")
	if _, known := (&lid{}).turn(old); known {
		t.Error("the delete of one version tells of the object")
	}
}

func TestABlockTakesTimeOutOfAnObjectsList(t *testing.T) {
	at := func(n float64) answer.Event { return answer.Event{Time: moment(hourAt(n))} }
	span := func(from, to float64) answer.Exposure {
		a, b := at(from), at(to)
		e := answer.Exposure{Bucket: "a", Key: "k", From: a.Time, To: b.Time, Opened: &a, Closed: &b}
		if to == 0 {
			e.To, e.Closed = nil, nil
		}
		return e
	}
	for name, c := range map[string]struct {
		ignored []answer.Exposure
		e       answer.Exposure
		want    string
	}{
		"never":          {nil, span(1, 5), "ak 1-5; "},
		"in the middle":  {[]answer.Exposure{span(2, 3)}, span(1, 5), "ak 1-2; ak 3-5; "},
		"from then on":   {[]answer.Exposure{span(2, 0)}, span(1, 0), "ak 1-2; "},
		"at the start":   {[]answer.Exposure{span(0.5, 3)}, span(1, 0), "ak 3-; "},
		"all the time":   {[]answer.Exposure{span(0.5, 0)}, span(1, 5), ""},
		"before":         {[]answer.Exposure{span(0.2, 1)}, span(1, 5), "ak 1-5; "},
		"after":          {[]answer.Exposure{span(5, 6)}, span(1, 5), "ak 1-5; "},
		"more than once": {[]answer.Exposure{span(2, 3), span(4, 0)}, span(1, 0), "ak 1-2; ak 3-4; "},
	} {
		w := watch{ignored: map[string][]answer.Exposure{"a": c.ignored}}
		got := ""
		for _, e := range w.effective(c.e) {
			got += hours(e)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
