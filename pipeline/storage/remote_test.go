package storage_test

import (
	"strconv"
	"testing"

	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// remotePlace gives folders of a bucket.
func remotePlace(bucket string) storagetest.Place {
	n := 0
	return func(t testing.TB) (storage.Store, string) {
		n++
		store, root, err := storage.Open(t.Context(), bucket+"/test "+strconv.Itoa(n))
		if err != nil {
			t.Fatal(err)
		}
		return store, root
	}
}

func gcsPlace(t testing.TB) storagetest.Place { return remotePlace(servers.GCS(t)) }

func s3Place(t testing.TB) storagetest.Place    { return remotePlace(servers.S3(t)) }
func azurePlace(t testing.TB) storagetest.Place { return remotePlace(servers.Azure(t)) }

func TestGCS(t *testing.T)   { storagetest.Run(t, gcsPlace(t)) }
func TestS3(t *testing.T)    { storagetest.Run(t, s3Place(t)) }
func TestAzure(t *testing.T) { storagetest.Run(t, azurePlace(t)) }

func BenchmarkGCS(b *testing.B)   { storagetest.Benchmark(b, gcsPlace(b)) }
func BenchmarkS3(b *testing.B)    { storagetest.Benchmark(b, s3Place(b)) }
func BenchmarkAzure(b *testing.B) { storagetest.Benchmark(b, azurePlace(b)) }
