package servers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

const howToGetAzurite = "there is no Azurite: put azurite-blob on the PATH, or npm install --prefix FOLDER azurite and set LEADSCORE_AZURITE=FOLDER"

// StartAzure starts Azurite and points the environment at it.
func StartAzure(t testing.TB) {
	t.Helper()
	binary := findAzurite(t)
	address := freePort(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	start(t, address, exec.Command(binary, "--blobHost", host, "--blobPort", port, "--location", t.TempDir(), "--silent", "--skipApiVersionCheck", "--disableTelemetry"))
	t.Setenv("AZURE_STORAGE_CONNECTION_STRING", fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"+
		"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://%s/devstoreaccount1;", address))
}

// findAzurite looks where LEADSCORE_AZURITE points, else on the PATH.
func findAzurite(t testing.TB) string {
	t.Helper()
	if folder := os.Getenv("LEADSCORE_AZURITE"); folder != "" {
		binary := filepath.Join(folder, "node_modules", ".bin", "azurite-blob")
		if _, err := os.Stat(binary); err != nil {
			t.Fatalf("LEADSCORE_AZURITE: %v", err)
		}
		return binary
	}
	binary, err := exec.LookPath("azurite-blob")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(howToGetAzurite)
		}
		t.Skip(howToGetAzurite)
	}
	return binary
}

// AzureContainer makes a container in the server that StartAzure has started, and gives its address.
func AzureContainer(t testing.TB) string {
	t.Helper()
	name := bucketName()
	client, err := container.NewClientFromConnectionString(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), name, nil)
	if err == nil {
		_, err = client.Create(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "az://" + name
}
