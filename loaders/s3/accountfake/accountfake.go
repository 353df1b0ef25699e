// Package accountfake is an AWS account in this process for tests: the calls of STS, CloudTrail, KMS and
// S3 that read settings, in the protocols of each, with answers a test gives. Whatever is no such call is
// refused and noted as a write. It must not know who asks it.
package accountfake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Account is the account 111122223333, asked by the user ir. It accepts any signature, so nothing about
// signing is proven with it.
type Account struct {
	*httptest.Server

	mu      sync.Mutex
	answers map[string]string // by "CALL ABOUT": a document; "!CODE" is an error
	asked   []string
	agents  []string
}

// New starts an account that knows answers and that every AWS client of this process asks.
func New(t *testing.T, answers map[string]string) *Account {
	t.Helper()
	a := &Account{answers: answers}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	t.Setenv("AWS_ENDPOINT_URL", a.URL)
	return a
}

// Set changes one answer.
func (a *Account) Set(call, about, answer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[strings.TrimSpace(call+" "+about)] = answer
}

// Asked is what was asked so far, and the user agents that asked.
func (a *Account) Asked() (calls, agents []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked), slices.Clone(a.agents)
}

// parts are the queries by which S3 tells settings of buckets apart.
var parts = map[string]string{
	"location": "GetBucketLocation", "logging": "GetBucketLogging", "policy": "GetBucketPolicy", "ownershipControls": "GetBucketOwnershipControls", "acl": "GetBucketAcl",
	"encryption": "GetBucketEncryption", "versioning": "GetBucketVersioning", "object-lock": "GetObjectLockConfiguration", "publicAccessBlock": "GetPublicAccessBlock", "policyStatus": "GetBucketPolicyStatus",
}

// names are the members that tell what a JSON call is about.
var names = []string{"Name", "TrailName", "KeyId"}

// call tells which call a request is, and what it is about.
func call(r *http.Request) (name, about, protocol string) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if target := r.Header.Get("X-Amz-Target"); r.Method == http.MethodPost && target != "" {
		var in map[string]any
		_ = json.Unmarshal(body, &in)
		for _, n := range names {
			if s, ok := in[n].(string); ok {
				about = s
			}
		}
		name = target[strings.LastIndexByte(target, '.')+1:]
		if name == "DescribeTrails" {
			_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
			if fields := strings.Split(scope, "/"); len(fields) > 2 {
				about = fields[2]
			}
		}
		return name, about, "json"
	}
	if form, err := url.ParseQuery(string(body)); err == nil && r.Method == http.MethodPost && form.Get("Action") != "" {
		return form.Get("Action"), "", "query"
	}
	for part, name := range parts {
		if r.Method == http.MethodGet && r.URL.Query().Has(part) {
			return name, strings.Trim(r.URL.Path, "/"), "xml"
		}
	}
	return "WRITE " + r.Method + " " + r.URL.RequestURI(), "", "xml"
}

func (a *Account) serve(w http.ResponseWriter, r *http.Request) {
	name, about, protocol := call(r)
	id := strings.TrimSpace(name + " " + about)
	a.mu.Lock()
	a.asked, a.agents = append(a.asked, id), append(a.agents, r.UserAgent())
	number := len(a.asked)
	answer, ok := a.answers[id]
	a.mu.Unlock()
	switch {
	case !ok && name == "GetCallerIdentity":
		answer = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ir</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	case !ok:
		answer = "!AccessDenied"
	}
	w.Header().Set("X-Amz-Request-Id", fmt.Sprintf("REQ%d", number))
	w.Header().Set("X-Amzn-Requestid", fmt.Sprintf("REQ%d", number))
	code, failed := strings.CutPrefix(answer, "!")
	switch {
	case failed && protocol == "json":
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"com.amazonaws#%s","message":"\u001b[31mno"}`, code)
	case failed:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>no</Message></Error><Code>%s</Code></ErrorResponse>`, code, code)
	default:
		io.WriteString(w, answer)
	}
}

// Acme is an account with a finance bucket that is logged and recorded well, and a web bucket that is not.
func Acme() map[string]string {
	const trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
	const key = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666"
	policy := func(service, resource string) string {
		return `{"Version":"2012-10-17","Statement":[{"Sid":"deliver","Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"s3:PutObject","Resource":"` + resource + `","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`
	}
	all := `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`
	encrypted := func(algorithm, more string) string {
		return `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>` + algorithm + `</SSEAlgorithm></ApplyServerSideEncryptionByDefault>` + more + `</Rule></ServerSideEncryptionConfiguration>`
	}
	return map[string]string{
		"GetBucketLocation acme-finance":             `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`,
		"GetBucketLogging acme-finance":              `<BucketLoggingStatus><LoggingEnabled><TargetBucket>acme-access</TargetBucket><TargetPrefix>finance/</TargetPrefix><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>`,
		"GetBucketEncryption acme-finance":           encrypted("AES256", `<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>`),
		"GetBucketVersioning acme-finance":           `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>`,
		"GetObjectLockConfiguration acme-finance":    `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
		"GetPublicAccessBlock acme-finance":          all,
		"GetBucketPolicyStatus acme-finance":         `<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>`,
		"GetBucketLocation acme-access":              `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`,
		"GetBucketPolicy acme-access":                policy("logging.s3.amazonaws.com", "arn:aws:s3:::acme-access/*"),
		"GetBucketEncryption acme-access":            encrypted("AES256", ""),
		"GetBucketVersioning acme-access":            `<VersioningConfiguration/>`,
		"GetObjectLockConfiguration acme-access":     "!ObjectLockConfigurationNotFoundError",
		"GetBucketLocation acme-web":                 `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`,
		"GetBucketLogging acme-web":                  `<BucketLoggingStatus/>`,
		"GetBucketEncryption acme-web":               encrypted("AES256", ""),
		"GetBucketVersioning acme-web":               `<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>`,
		"GetObjectLockConfiguration acme-web":        "!ObjectLockConfigurationNotFoundError",
		"GetPublicAccessBlock acme-web":              "!NoSuchPublicAccessBlockConfiguration",
		"GetBucketPolicyStatus acme-web":             `<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>`,
		"DescribeTrails us-east-1":                   `{"trailList":[{"Name":"audit","TrailARN":"` + trail + `","HomeRegion":"us-east-1","S3BucketName":"acme-audit-logs","IsMultiRegionTrail":true,"LogFileValidationEnabled":true,"KmsKeyId":"` + key + `"}]}`,
		"GetTrail " + trail:                          `{"Trail":{"Name":"audit","TrailARN":"` + trail + `","HomeRegion":"us-east-1","S3BucketName":"acme-audit-logs","IsMultiRegionTrail":true,"LogFileValidationEnabled":true,"KmsKeyId":"` + key + `"}}`,
		"GetTrailStatus " + trail:                    `{"IsLogging":true,"StartLoggingTime":1767225600,"LatestDeliveryTime":1772323200.5}`,
		"GetEventSelectors " + trail:                 `{"TrailARN":"` + trail + `","AdvancedEventSelectors":[{"Name":"m","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]},{"Name":"d","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::acme-finance/"]}]}]}`,
		"DescribeKey " + key:                         `{"KeyMetadata":{"Arn":"` + key + `","KeyState":"Enabled","KeyManager":"CUSTOMER"}}`,
		"GetKeyPolicy " + key:                        `{"PolicyName":"default","Policy":"{\"Statement\":[{\"Sid\":\"trail\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"kms:GenerateDataKey*\",\"Resource\":\"*\"}]}"}`,
		"GetBucketPolicy acme-audit-logs":            policy("cloudtrail.amazonaws.com", "arn:aws:s3:::acme-audit-logs/AWSLogs/111122223333/*"),
		"GetBucketVersioning acme-audit-logs":        `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>`,
		"GetObjectLockConfiguration acme-audit-logs": "!ObjectLockConfigurationNotFoundError",
	}
}
