package cloudtrail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// got is what a parser made of one content. Records are copies that own their texts.
type got struct {
	Result
	records []copied
	rejects []model.Reject
}

type copied struct {
	model.Record
	raw []byte // the bytes it names
}

// read parses content as one window.
func read(t testing.TB, content []byte) got {
	t.Helper()
	return readIn(t, content, Limits{}, len(content)+1)
}

// readIn parses content in windows that begin with step bytes and grow when nothing is consumed.
func readIn(t testing.TB, content []byte, limits Limits, step int) got {
	t.Helper()
	var out got
	p := NewParser(limits, func(records []model.Record) error {
		if len(records) == 0 || len(records) > batchSize {
			t.Errorf("emit got %d records", len(records))
		}
		for _, r := range records {
			own(&r)
			out.records = append(out.records, copied{r, content[r.Offset : r.Offset+int64(r.Length)]})
		}
		return nil
	}, func(r model.Reject) {
		r.Raw = bytes.Clone(r.Raw)
		out.rejects = append(out.rejects, r)
	})
	p.Begin()
	pos, size := 0, step
	for {
		end := min(pos+size, len(content))
		last := end == len(content)
		// A copy of exactly the window, destroyed afterwards: nothing may be kept of it.
		window := bytes.Clone(content[pos:end])
		n, err := p.Feed(window, last)
		for i := range window {
			window[i] = 0xAA
		}
		if err != nil {
			t.Fatal(err)
		}
		pos += n
		if last {
			if pos != len(content) {
				t.Fatalf("%d of %d bytes are consumed", pos, len(content))
			}
			break
		}
		if n == 0 {
			size *= 2
		} else {
			size = step
		}
	}
	out.Result = p.Result()
	return out
}

// own copies every text of r.
func own(r *model.Record) {
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String {
			f.SetString(strings.Clone(f.String()))
		}
	}
}

// column is the value of a promotion's column as JSON would decode it.
func column(r *model.Record, p model.Promotion) any {
	text := map[string]string{
		"op": r.Op, "region": r.Region, "ip": r.IP, "agent": r.Agent, "error": r.Error, "error_message": r.ErrorMessage,
		"request_id": r.RequestID, "account": r.Account, "vpce": r.VPCE, "actor_type": r.ActorType,
		"principal_id": r.PrincipalID, "actor": r.Actor, "actor_account": r.ActorAccount, "access_key": r.AccessKey,
		"user_name": r.UserName, "invoked_by": r.InvokedBy, "issuer": r.Issuer, "issuer_principal": r.IssuerPrincipal,
		"issuer_account": r.IssuerAccount, "bucket": r.Bucket, "key": r.Key, "host": r.Host, "prefix": r.Prefix,
		"version": r.Version, "copy_source": r.CopySource, "kms_key": r.KMSKey, "sig": r.Sig, "cipher": r.Cipher,
		"host_id": r.HostID, "tls": r.TLS, "service": r.Service,
	}[p.Column]
	tri := map[string]model.Tri{"read_only": r.ReadOnly, "mfa": r.MFA}[p.Column]
	second := map[string]int64{"time": r.Time, "session_created": r.SessionCreated}[p.Column]
	number := map[string]int64{"bytes_in": r.BytesIn, "bytes_out": r.BytesOut}[p.Column]
	id := map[string][16]byte{"event_id": r.EventID, "shared_event_id": r.SharedEventID}[p.Column]
	switch p.Form {
	case model.FormText:
		return text
	case model.FormBool:
		return tri == model.True
	case model.FormBoolText:
		return strconv.FormatBool(tri == model.True)
	case model.FormInt:
		return json.Number(strconv.FormatInt(number, 10))
	case model.FormTime:
		return time.Unix(second, 0).UTC().Format("2006-01-02T15:04:05Z")
	case model.FormService:
		return text + ".amazonaws.com"
	case model.FormBracketed:
		return "[" + text + "]"
	case model.FormUUID:
		return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	case model.FormLastOfARN:
		return text[strings.LastIndexByte(text, '/')+1:]
	case model.FormAuth:
		return map[string]string{"header": "AuthHeader", "query": "QueryString"}[r.Auth]
	case model.FormResources:
		bucket := "arn:aws:s3:::" + r.Bucket
		return []any{
			map[string]any{"type": "AWS::S3::Object", "ARN": bucket + "/" + r.Key},
			map[string]any{"accountId": r.BucketAccount, "type": "AWS::S3::Bucket", "ARN": bucket},
		}
	}
	panic("a form without a way back")
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// rebuild makes the record's JSON again from its columns and texts.
func rebuild(r *model.Record) (map[string]any, error) {
	out := map[string]any{}
	for _, part := range [...]struct{ text, name string }{{r.Extra, ""}, {r.Request, "requestParameters"}, {r.Response, "responseElements"}} {
		text, name := part.text, part.name
		if text == "" {
			continue
		}
		v, err := decode([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%s of the record is no JSON: %w: %s", name, err, text)
		}
		object, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%q is no object: %s", name, text)
		}
		if name != "" {
			out[name] = object
			continue
		}
		for k, v := range object {
			if _, ok := out[k]; !ok {
				out[k] = v
			}
		}
	}
	for bit, p := range model.Promoted {
		if r.Lean&(1<<bit) == 0 {
			continue
		}
		at := out
		path := strings.Split(p.Path, ".")
		for _, name := range path[:len(path)-1] {
			inner, ok := at[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		name := path[len(path)-1]
		if _, ok := at[name]; ok {
			return nil, fmt.Errorf("%s is in a column and in a text", p.Path)
		}
		at[name] = column(r, p)
	}
	return out, nil
}

// checkRebuilt compares the record with what encoding/json reads in its bytes.
func checkRebuilt(t testing.TB, name string, r *copied) {
	t.Helper()
	want, err := decode(r.raw)
	if err != nil {
		t.Errorf("%s: record %d is taken, encoding/json does not: %v", name, r.Number, err)
		return
	}
	have, err := rebuild(&r.Record)
	if err != nil {
		t.Errorf("%s: record %d: %v", name, r.Number, err)
		return
	}
	if !reflect.DeepEqual(any(have), want) {
		a, _ := json.Marshal(have)
		b, _ := json.Marshal(want)
		t.Errorf("%s: record %d is not what its bytes say:\nhave %s\nwant %s", name, r.Number, a, b)
	}
}
