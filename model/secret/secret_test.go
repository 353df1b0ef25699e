package secret

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
	token     = "IQoJb3JpZ2luX2VjEKr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ"
)

func TestSecretsAreFoundByTheirNames(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a link in a request line": {"GET /b/k?X-Amz-Expires=60&X-Amz-Signature=" + signature + "&x-id=GetObject HTTP/1.1", "GET /b/k?X-Amz-Expires=60&X-Amz-Signature=" + Mark(signature) + "&x-id=GetObject HTTP/1.1"},
		"a link of version 2":      {"/k?AWSAccessKeyId=AKIA&Expires=1&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D", "/k?AWSAccessKeyId=AKIA&Expires=1&Signature=" + Mark("vjbyPxybdZaNmGa%2ByT272YEAiv4%3D")},
		"a token in a link":        {"x-amz-security-token=" + token, "x-amz-security-token=" + Mark(token)},
		"JSON":                     {`{"X-Amz-Signature":"` + signature + `"}`, `{"X-Amz-Signature":"` + Mark(signature) + `"}`},
		"JSON with a list":         {`{"X-Amz-Signature" : [ "` + signature + `" ]}`, `{"X-Amz-Signature" : [ "` + Mark(signature) + `" ]}`},
		"issued credentials":       {`{"credentials":{"accessKeyId":"ASIA","sessionToken":"` + token + `"}}`, `{"credentials":{"accessKeyId":"ASIA","sessionToken":"` + Mark(token) + `"}}`},
		"JSON inside JSON":         {`{"a":"{\"SessionToken\":\"` + token + `\"}"}`, `{"a":"{\"SessionToken\":\"` + Mark(token) + `\"}"}`},
		"a link inside a link":     {"https://x/?u=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D" + signature, "https://x/?u=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D" + Mark(signature)},
		"twice over":               {"X-Amz-Signature=" + signature + " and " + signature, "X-Amz-Signature=" + Mark(signature) + " and " + Mark(signature)},
		"any case":                 {"x-aMz-sIgNaTuRe=" + signature, "x-aMz-sIgNaTuRe=" + Mark(signature)},
		"no secret":                {`{"SignatureVersion":"SigV4","x-amz-server-side-encryption-customer-key-MD5":"abcdefghijkl"}`, `{"SignatureVersion":"SigV4","x-amz-server-side-encryption-customer-key-MD5":"abcdefghijkl"}`},
		"a listing's token":        {"list-type=2&prefix=a%2F", "list-type=2&prefix=a%2F"},
		"a mark stays":             {"X-Amz-Signature=" + Mark(signature), "X-Amz-Signature=" + Mark(signature)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Hide(c.text); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if got := Hide(c.want); got != c.want {
				t.Errorf("again: %s", got)
			}
		})
	}
	if got := HideNamed(`"X-Amz-Signature"`, signature); got != Mark(signature) {
		t.Errorf("by its path: %s", got)
	}
	if !IsMark(Mark("x")) || IsMark("") || IsMark(Mark("x")+"y") || Marks(Mark("x")+" "+Mark("y")) != 2 {
		t.Error("marks are not known again")
	}
}

// FuzzHide plants a signature behind every way of writing its name, inside whatever else.
func FuzzHide(f *testing.F) {
	f.Add("GET /?", "&x=1 HTTP/1.1", uint8(0))
	f.Add(`{"a":"`, `"}`, uint8(3))
	f.Add("token=", `\"`, uint8(5))
	f.Fuzz(func(t *testing.T, before, after string, way uint8) {
		name := []string{"X-Amz-Signature=", "Signature=", "x-amz-security-token=", `"sessionToken":"`, "X-Amz-Signature%3D", `\"SecretAccessKey\": \"`}[way%6]
		if strings.Contains(before+after, signature[:16]) {
			return
		}
		got := Hide(before + name + signature + "&" + after)
		if strings.Contains(got, signature) {
			t.Errorf("%q gives the signature away", got)
		}
		if Hide(got) != Hide(Hide(got)) {
			t.Errorf("%q does not come to rest", got)
		}
		text, err := json.Marshal(map[string]string{"X-Amz-Signature": signature, "other": before})
		if err != nil {
			t.Fatal(err)
		}
		if hidden := Hide(string(text)); !json.Valid([]byte(hidden)) || strings.Contains(hidden, signature) {
			t.Errorf("%s", hidden)
		}
	})
}
