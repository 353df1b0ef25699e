package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ReadSaved reads what somebody saved of the AWS CLI's output as a reply. name is the file's path with
// slashes: its last parts tell the call where the content does not, and what it is about; asked is when it
// was saved; buckets and trails are those in question.
//
// The call is told by its verb in the file's name (get-bucket-logging), else by the content. A bucket is
// told by the rest of the name or by the folder, else it is the only one in question. Errors that the CLI
// wrote are taken too.
func ReadSaved(name string, content []byte, asked time.Time, s Subjects) (Reply, error) {
	sum := sha256.Sum256(content)
	r := Reply{Origin: name, Asked: asked.UTC(), SHA256: hex.EncodeToString(sum[:])}
	content = bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), path.Ext(name)), "-")
	rest := ""
	r.Call, rest = callIn(stem)
	if m := cliError.FindSubmatch(content); m != nil {
		if c, ok := Lookup(string(m[2])); ok {
			r.Call, r.Error = c.Name, string(m[1])
		}
	}
	var body map[string]any
	switch {
	case r.Error != "":
	case len(content) == 0:
		// The CLI writes nothing where S3 has nothing to tell, as for logging that is off.
		if r.Call != "GetBucketLogging" && r.Call != "GetBucketVersioning" {
			return r, fmt.Errorf("%s is empty", name)
		}
	case json.Unmarshal(content, &body) != nil:
		return r, fmt.Errorf("%s is no JSON object, and no error of the AWS CLI", name)
	default:
		if r.Call == "" {
			r.Call = callOf(body)
		}
		compact, err := json.Marshal(body)
		if err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
		r.Body = compact
	}
	c, ok := Lookup(r.Call)
	if !ok {
		return r, fmt.Errorf("%s: no call is known that answers so; name the file after it, as BUCKET.get-bucket-logging.json", name)
	}
	r.About = aboutOf(c, r, rest, path.Base(path.Dir(name)), s)
	if r.About == "" && c.Kind != OfAccount {
		return r, fmt.Errorf("%s does not tell which %s it is about; name the file after it, as NAME.%s.json", name, c.Kind, c.Verb())
	}
	return r, nil
}

// cliError is how the AWS CLI writes an error.
var cliError = regexp.MustCompile(`^(?:aws: \[ERROR\]: )?An error occurred \(([A-Za-z0-9.]{1,64})\) when calling the ([A-Za-z]{1,64}) operation`)

// callIn finds a call's verb in a file's name, and what else the name says.
func callIn(stem string) (call, rest string) {
	low := flat(stem)
	longest := 0
	for _, c := range Calls {
		for _, word := range []string{c.Verb(), strings.ToLower(c.Name)} {
			if i := strings.Index(low, word); i >= 0 && len(word) > longest {
				longest, call = len(word), c.Name
				rest = strings.Trim(stem[:i]+stem[i+len(word):], ".-_ ")
			}
		}
	}
	return call, rest
}

// flat writes letters small and underscores as dashes, byte for byte.
func flat(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		} else if c == '_' {
			b[i] = '-'
		}
	}
	return string(b)
}

// telling are members that only one call's answer has.
var telling = map[string]string{
	"trailList": "DescribeTrails", "TrailList": "DescribeTrails", "Trail": "GetTrail", "IsLogging": "GetTrailStatus", "EventSelectors": "GetEventSelectors", "AdvancedEventSelectors": "GetEventSelectors",
	"LocationConstraint": "GetBucketLocation", "LoggingEnabled": "GetBucketLogging", "OwnershipControls": "GetBucketOwnershipControls", "Grants": "GetBucketAcl",
	"ServerSideEncryptionConfiguration": "GetBucketEncryption", "ObjectLockConfiguration": "GetObjectLockConfiguration", "MFADelete": "GetBucketVersioning",
	"PublicAccessBlockConfiguration": "GetPublicAccessBlock", "PolicyStatus": "GetBucketPolicyStatus", "KeyMetadata": "DescribeKey", "UserId": "GetCallerIdentity",
}

func callOf(body map[string]any) string {
	for member, call := range telling {
		if _, ok := body[member]; ok {
			return call
		}
	}
	return ""
}

// aboutOf tells what a saved reply is about: what its content names, else the file's name, its folder, or
// the only one in question.
func aboutOf(c Call, r Reply, rest, folder string, s Subjects) string {
	switch c.Kind {
	case OfTrail:
		var out struct {
			TrailARN string
			Trail    struct{ TrailARN string }
		}
		r.into(&out)
		if arn := orWord(out.TrailARN, out.Trail.TrailARN); arn != "" {
			return arn
		}
		for _, arn := range s.Trails {
			if _, _, name, _ := ParseTrail(arn); name == rest || name == folder {
				return arn
			}
		}
		return only(s.Trails)
	case OfBucket:
		for _, b := range []string{rest, folder} {
			if slices.Contains(s.Buckets, b) {
				return b
			}
		}
		return orWord(bucketLike(rest), only(s.Buckets))
	case OfRegion:
		return regionLike(rest, folder)
	case OfKey:
		var out struct{ KeyMetadata struct{ Arn string } }
		r.into(&out)
		return out.KeyMetadata.Arn
	}
	return ""
}

var bucketNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$`)

func bucketLike(s string) string {
	if bucketNames.MatchString(s) {
		return s
	}
	return ""
}

var regionNames = regexp.MustCompile(`[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}`)

func regionLike(names ...string) string {
	for _, n := range names {
		if r := regionNames.FindString(n); r != "" {
			return r
		}
	}
	return ""
}

func only(all []string) string {
	if len(all) == 1 {
		return all[0]
	}
	return ""
}

// TrailsNamed adds to trails those that replies name.
func TrailsNamed(trails []string, replies []Reply) []string {
	trails = slices.Clone(trails)
	add := func(arn string) {
		if _, _, _, ok := ParseTrail(arn); ok && !slices.Contains(trails, arn) {
			trails = append(trails, arn)
		}
	}
	for _, r := range replies {
		var out struct {
			TrailARN  string
			Trail     struct{ TrailARN string }
			TrailList []struct{ TrailARN string }
		}
		r.into(&out)
		add(out.TrailARN)
		add(out.Trail.TrailARN)
		for _, t := range out.TrailList {
			add(t.TrailARN)
		}
	}
	return trails
}

// Script is the AWS CLI's command lines whose output is accepted in place of asking, one file each. What
// only their answers lead to (targets, keys, the trails of a Region) follows them.
func Script(s Subjects) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# Each of these only reads. What is denied is kept as an error, which is an answer too.\n")
	for _, c := range Calls {
		about := map[Kind][]string{OfBucket: s.Buckets, OfTrail: s.Trails, OfAccount: {""}}[c.Kind]
		for _, a := range about {
			name := a
			command := "aws " + c.Service + " " + c.Verb()
			if c.Kind == OfTrail {
				var region string
				region, _, name, _ = ParseTrail(a)
				command += " --region " + region
			}
			if c.Option != "" {
				command += " " + c.Option + " '" + a + "'"
			}
			fmt.Fprintf(&b, "%s > '%s.json' 2>&1\n", command, strings.Trim(name+"."+c.Verb(), "."))
		}
	}
	b.WriteString("# In each Region of these buckets, with the Region in the file's name:\n# aws cloudtrail describe-trails --region REGION > REGION.describe-trails.json 2>&1\n")
	return b.String()
}
