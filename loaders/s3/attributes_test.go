package s3

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailsift/model/checksum"
)

func sha(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// composed is the composite SHA-256 of parts.
func composed(parts ...string) string {
	var all []byte
	for _, p := range parts {
		all = append(all, sha(p)...)
	}
	return b64(sha(string(all)))
}

// answers makes the server answer HEAD with the given headers and GetObjectAttributes with a document;
// an empty document is refused as S3 refuses it without the permission.
func answers(content string, head map[string]string, document func(marker string) string) fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Query().Has("attributes"):
			doc := document(r.Header.Get("X-Amz-Part-Number-Marker"))
			if doc == "" {
				w.WriteHeader(http.StatusForbidden)
				io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
				return true
			}
			io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><GetObjectAttributesResponse xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+doc+`</GetObjectAttributesResponse>`)
			return true
		case r.Method == http.MethodHead:
			w.Header().Set("ETag", `"tag"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			for name, value := range head {
				w.Header().Set(name, value)
			}
			return true
		case r.Method == http.MethodGet:
			w.Header().Set("ETag", `"tag"`)
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
			return true
		}
		return false
	}
}

func refused(string) string { return "" }

func TestAttributesTellWhatS3Stores(t *testing.T) {
	const content = "helloyou"
	attributes := `<ETag>tag</ETag><Checksum><ChecksumSHA256>%s</ChecksumSHA256><ChecksumType>%s</ChecksumType></Checksum><ObjectSize>8</ObjectSize>`
	cases := map[string]struct {
		head     map[string]string
		document func(marker string) string
		stored   []checksum.Stored
		parts    int
		source   string
		outcome  checksum.Outcome
	}{
		"a whole checksum by its own call": {nil, func(string) string { return fmt.Sprintf(attributes, b64(sha(content)), "FULL_OBJECT") },
			[]checksum.Stored{{Algorithm: checksum.SHA256, Value: b64(sha(content))}}, 0, "GetObjectAttributes", checksum.Equal},
		"a whole checksum by HEAD where that call is denied": {map[string]string{"X-Amz-Checksum-Sha256": b64(sha(content)), "X-Amz-Checksum-Type": "FULL_OBJECT"}, refused,
			[]checksum.Stored{{Algorithm: checksum.SHA256, Value: b64(sha(content))}}, 0, "HeadObject", checksum.Equal},
		"a composite checksum with its parts over two pages": {nil, func(marker string) string {
			page := func(n, size int, part, rest string) string {
				return fmt.Sprintf(attributes, composed("hello", "you"), "COMPOSITE") +
					fmt.Sprintf(`<ObjectParts><TotalPartsCount>2</TotalPartsCount>%s<Part><PartNumber>%d</PartNumber><Size>%d</Size><ChecksumSHA256>%s</ChecksumSHA256></Part></ObjectParts>`, rest, n, size, b64(sha(part)))
			}
			if marker == "" {
				return page(1, 5, "hello", "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>")
			}
			return page(2, 3, "you", "<IsTruncated>false</IsTruncated>")
		}, []checksum.Stored{{Algorithm: checksum.SHA256, Value: composed("hello", "you"), Composite: true}}, 2, "GetObjectAttributes", checksum.Equal},
		"nothing stored": {nil, func(string) string { return `<ETag>tag</ETag><ObjectSize>8</ObjectSize>` }, nil, 0, "HeadObject", ""},
		"a checksum that does not fit": {nil, func(string) string { return fmt.Sprintf(attributes, b64(sha("other")), "FULL_OBJECT") },
			[]checksum.Stored{{Algorithm: checksum.SHA256, Value: b64(sha("other"))}}, 0, "GetObjectAttributes", checksum.Different},
		"an answer about another state of the object": {nil, func(string) string {
			return strings.Replace(fmt.Sprintf(attributes, b64(sha("other")), "FULL_OBJECT"), "tag", "other", 1)
		}, nil, 0, "HeadObject", ""},
		"an answer that is no document": {nil, func(string) string { return "<<<" }, nil, 0, "HeadObject", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.inject(answers(content, c.head, c.document))
			client := s.client(t, Options{})
			a, err := client.Attributes(t.Context(), bucket, "dir/key", "")
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(a.Content.Stored) != fmt.Sprint(c.stored) || len(a.Content.Parts) != c.parts || a.Source != c.source || a.Content.Size != 8 || a.ETag != "tag" {
				t.Errorf("%+v", a)
			}
			body := client.Content(t.Context(), a)
			defer body.Close()
			results, read, err := checksum.Verify(body, a.Content)
			if err != nil || read != 8 {
				t.Fatalf("read %d, %v", read, err)
			}
			for _, r := range results {
				if r.Outcome != c.outcome {
					t.Errorf("%+v, want %s", r, c.outcome)
				}
			}
		})
	}
}

// TestPartsAreAskedForOneByOne covers servers that compose checksums and do not list parts.
func TestPartsAreAskedForOneByOne(t *testing.T) {
	s := newServer(t)
	sizes := map[string]int{"1": 5, "2": 3}
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if n := r.URL.Query().Get("partNumber"); r.Method == http.MethodHead && n != "" {
			if sizes[n] == 0 {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return true
			}
			w.Header().Set("ETag", `"tag"`)
			w.Header().Set("Content-Length", strconv.Itoa(sizes[n]))
			w.Header().Set("X-Amz-Mp-Parts-Count", "2")
			w.WriteHeader(http.StatusPartialContent)
			return true
		}
		return answers("helloyou", map[string]string{"X-Amz-Checksum-Sha256": composed("hello", "you") + "-2", "X-Amz-Checksum-Type": "COMPOSITE"}, refused)(w, r)
	})
	a, err := s.client(t, Options{}).Attributes(t.Context(), bucket, "key", "")
	if err != nil || len(a.Content.Parts) != 2 || a.Content.Parts[0].Size != 5 || a.Content.Parts[1].Size != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
}

func TestAnObjectThatIsNotThereIsNamed(t *testing.T) {
	s := newServer(t)
	_, err := s.client(t, Options{}).Attributes(t.Context(), bucket, "no\x1bsuch", "")
	var known *Error
	if !errors.As(err, &known) || !strings.Contains(known.Error(), "no such object") || strings.Contains(known.Error(), "\x1b") {
		t.Fatalf("%v", err)
	}
}

// TestABrokenBodyIsGoneOnWith cuts the body again and again: each byte is read once.
func TestABrokenBodyIsGoneOnWith(t *testing.T) {
	content := strings.Repeat("0123456789", 1000)
	s := newServer(t)
	whole := answers(content, nil, refused)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Query().Has("attributes") {
			return whole(w, r)
		}
		from := 0
		if rng := r.Header.Get("Range"); rng != "" {
			fmt.Sscanf(rng, "bytes=%d-", &from)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		}
		w.Header().Set("ETag", `"tag"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(content)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		io.WriteString(w, content[from:min(len(content), from+3000)])
		if from+3000 < len(content) {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		return true
	})
	client := s.client(t, Options{Attempts: 3})
	a, err := client.Attributes(t.Context(), bucket, "key", "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(client.Content(t.Context(), a))
	if err != nil || string(got) != content {
		t.Fatalf("%d of %d bytes, %v", len(got), len(content), err)
	}
}

// TestAnObjectThatChangesMeanwhileIsNoVerdict answers a later GET with another ETag.
func TestAnObjectThatChangesMeanwhileIsNoVerdict(t *testing.T) {
	s := newServer(t)
	whole := answers("helloyou", nil, refused)
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet && !r.URL.Query().Has("attributes") {
			w.Header().Set("ETag", `"other"`)
			io.WriteString(w, "helloyou")
			return true
		}
		return whole(w, r)
	})
	client := s.client(t, Options{})
	a, err := client.Attributes(t.Context(), bucket, "key", "")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(client.Content(t.Context(), a)); err == nil {
		t.Errorf("%q was read of an object that is another one", got)
	}
}
