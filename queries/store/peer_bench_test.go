package store

import (
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// peerColumns are what DuckDB's own reader is asked for: the members of a record that trailsift has
// typed columns for, without offsets, hashes, address numbers and the JSON of what has no column.
const peerColumns = `{Records: 'STRUCT(
	eventTime TIMESTAMP, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR, sourceIPAddress VARCHAR,
	userAgent VARCHAR, errorCode VARCHAR, errorMessage VARCHAR, requestID VARCHAR, eventID UUID,
	sharedEventID UUID, readOnly BOOLEAN, recipientAccountId VARCHAR, vpcEndpointId VARCHAR,
	eventCategory VARCHAR, managementEvent BOOLEAN,
	userIdentity STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR,
		accessKeyId VARCHAR, userName VARCHAR, invokedBy VARCHAR,
		sessionContext STRUCT(sessionIssuer STRUCT("type" VARCHAR, arn VARCHAR, principalId VARCHAR, accountId VARCHAR, userName VARCHAR),
			attributes STRUCT(creationDate TIMESTAMP, mfaAuthenticated VARCHAR))),
	requestParameters STRUCT(bucketName VARCHAR, "key" VARCHAR, "Host" VARCHAR, prefix VARCHAR, versionId VARCHAR,
		"x-amz-copy-source" VARCHAR, "x-amz-server-side-encryption" VARCHAR,
		"x-amz-server-side-encryption-aws-kms-key-id" VARCHAR),
	responseElements STRUCT("x-amz-version-id" VARCHAR, "x-amz-server-side-encryption" VARCHAR,
		"x-amz-server-side-encryption-aws-kms-key-id" VARCHAR),
	additionalEventData STRUCT(SignatureVersion VARCHAR, CipherSuite VARCHAR, AuthenticationMethod VARCHAR,
		bytesTransferredIn DOUBLE, bytesTransferredOut DOUBLE, SSEApplied VARCHAR, "x-amz-id-2" VARCHAR),
	tlsDetails STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, clientProvidedHostHeader VARCHAR))[]'}`

const peerSelect = `select r.eventTime, r.eventSource, r.eventName, r.awsRegion, r.sourceIPAddress, r.userAgent,
	r.errorCode, r.errorMessage, r.requestID, r.eventID, r.sharedEventID, r.readOnly, r.recipientAccountId,
	r.vpcEndpointId, r.eventCategory, r.managementEvent, r.userIdentity."type" as id_type,
	r.userIdentity.principalId, r.userIdentity.arn, r.userIdentity.accountId, r.userIdentity.accessKeyId,
	r.userIdentity.userName, r.userIdentity.invokedBy, r.userIdentity.sessionContext.sessionIssuer.arn as issuer,
	r.userIdentity.sessionContext.sessionIssuer.principalId as issuer_principal,
	r.userIdentity.sessionContext.sessionIssuer.accountId as issuer_account,
	r.userIdentity.sessionContext.attributes.creationDate, r.userIdentity.sessionContext.attributes.mfaAuthenticated,
	r.requestParameters.bucketName, r.requestParameters."key", r.requestParameters."Host",
	r.requestParameters.prefix, r.requestParameters.versionId, r.requestParameters."x-amz-copy-source",
	r.requestParameters."x-amz-server-side-encryption" as req_sse, r.responseElements."x-amz-version-id",
	r.responseElements."x-amz-server-side-encryption" as resp_sse,
	r.responseElements."x-amz-server-side-encryption-aws-kms-key-id" as kms, r.additionalEventData.SignatureVersion,
	r.additionalEventData.CipherSuite, r.additionalEventData.AuthenticationMethod,
	r.additionalEventData.bytesTransferredIn, r.additionalEventData.bytesTransferredOut,
	r.additionalEventData.SSEApplied, r.additionalEventData."x-amz-id-2", r.tlsDetails.tlsVersion,
	r.tlsDetails.clientProvidedHostHeader
	from (select unnest(Records) r from read_json('%s/**/*.gz', columns=%s, format='unstructured', records=true,
		maximum_object_size=67108864))`

// BenchmarkPeerReadJSON loads the CloudTrail files of TRAILSIFT_CORPUS with DuckDB's read_json into a
// table of typed columns, and hashes their content in Go, as an investigator without trailsift would
// have to. It reports the processor seconds of the process for one such load.
func BenchmarkPeerReadJSON(b *testing.B) {
	dir := os.Getenv("TRAILSIFT_CORPUS")
	if dir == "" {
		b.Skip("SKIPPED: TRAILSIFT_CORPUS names no folder of CloudTrail files")
	}
	if strings.ContainsAny(dir, `'*?[`) {
		b.Fatalf("%s holds characters a glob or a literal would take apart", dir)
	}
	for b.Loop() {
		db, err := sql.Open("duckdb", filepath.Join(b.TempDir(), "peer.duckdb")+"?threads=2")
		if err != nil {
			b.Fatal(err)
		}
		before := cpuSeconds()
		if _, err := db.Exec("create table events as " + fmt.Sprintf(peerSelect, dir, peerColumns)); err != nil {
			b.Fatal(err)
		}
		var rows int64
		if err := db.QueryRow(`select count(*) from events`).Scan(&rows); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		read := cpuSeconds() - before
		if err := hashContents(dir); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(read, "cpu-s-read")
		b.ReportMetric(cpuSeconds()-before, "cpu-s")
		b.ReportMetric(float64(rows), "events")
	}
}

// cpuSeconds is the user and system time this process has used.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func hashContents(dir string) error {
	names := make(chan string)
	errs := make(chan error, 2)
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() {
			for name := range names {
				if err := hashContent(name); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".gz") {
			names <- path
		}
		return err
	})
	close(names)
	done.Wait()
	close(errs)
	if err != nil {
		return err
	}
	return <-errs
}

func hashContent(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(h, z)
	return err
}
