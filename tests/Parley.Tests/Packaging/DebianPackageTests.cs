using Parley.Local;
using Parley.Tests.Repository;

namespace Parley.Tests.Packaging;

/// <summary>The .deb, made of the program that was built beside the tests: what is in it, and whose it is.</summary>
public sealed class DebianPackageTests
{
    [Fact]
    public async Task It_holds_the_program_the_service_and_its_papers()
    {
        var folder = Directory.CreateTempSubdirectory("parley-deb-");
        try
        {
            var package = await BuildAsync(folder.FullName);

            await CheckFilesAsync(package);
            await CheckControlAsync(package, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("postinst")]
    [InlineData("prerm")]
    [InlineData("postrm")]
    [InlineData("build")]
    public async Task Its_scripts_are_ones_that_their_shell_reads(string script)
    {
        var file = Path.Combine(RepositoryRoot.Path, "deploy", "deb", script);
        var shell = (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))[0] == "#!/bin/sh"
            ? "sh"
            : "bash";

        var (code, _, error) = await HostTool.RunAsync(shell, ["-n", file]);

        Assert.Equal((0, ""), (code, error));
    }

    private static async Task<string> BuildAsync(string folder)
    {
        await HostTool.RunAsync("dpkg-deb", ["--version"]);
        var program = Path.Combine(RepositoryRoot.Path, "src", "Parley", "bin", "Release", "net10.0");
        var (code, output, error) = await HostTool.RunAsync(
            Path.Combine(RepositoryRoot.Path, "deploy", "deb", "build"),
            ["--program", program, "--output", folder, "--compression", "none"]);
        Assert.True(code == 0, error);
        return output.Trim();
    }

    private static async Task CheckFilesAsync(string package)
    {
        var (code, listed, error) = await HostTool.RunAsync("dpkg-deb", ["--contents", package]);
        Assert.Equal((0, ""), (code, error));
        var files = listed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(row => row[5], row => (Mode: row[0], Owner: row[1]), StringComparer.Ordinal);

        Assert.All(files.Values, file => Assert.Equal("root/root", file.Owner));
        Assert.All(
            files.Values.Where(file => file.Mode[0] != 'l'),
            file => Assert.DoesNotContain("w", file.Mode[^6..], StringComparison.Ordinal));
        Assert.Equal("-rwxr-xr-x", files["./usr/lib/parley/parley"].Mode);
        Assert.Contains("./usr/bin/parley -> ../lib/parley/parley", files.Keys);
        foreach (var place in (string[])
            [
                "./usr/lib/parley/parley.dll", "./usr/lib/parley/parley.runtimeconfig.json",
                "./usr/lib/systemd/system/parley.service", "./etc/parley/server.json",
                "./usr/share/man/man1/parley.1.gz",
                "./usr/share/bash-completion/completions/parley", "./usr/share/zsh/vendor-completions/_parley",
                "./usr/share/fish/vendor_completions.d/parley.fish", "./usr/share/doc/parley/copyright",
                "./usr/share/doc/parley/changelog.gz",
            ])
        {
            Assert.Equal("-rw-r--r--", files[place].Mode);
        }
    }

    private static async Task CheckControlAsync(string package, string folder)
    {
        var (_, info, _) = await HostTool.RunAsync(
            "dpkg-deb", ["--field", package, "Package", "Version", "Depends"]);
        var version = typeof(ParleyExecutable).Assembly.GetName().Version!.ToString(fieldCount: 3);
        Assert.Contains($"Package: parley\nVersion: {version}\n", info, StringComparison.Ordinal);
        Assert.Contains("libicu", info, StringComparison.Ordinal);

        // What it says of its files is so.
        var tree = Path.Combine(folder, "tree");
        await HostTool.RunAsync("dpkg-deb", ["--raw-extract", package, tree]);
        var (code, _, error) = await HostTool.RunAsync(
            "sh", ["-c", "cd \"$1\" && md5sum --quiet --check DEBIAN/md5sums", "sh", tree]);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("/etc/parley/server.json\n", await ReadAsync(tree, "DEBIAN/conffiles"));
        foreach (var script in (string[])["postinst", "prerm", "postrm"])
        {
            Assert.True(File.GetUnixFileMode(Path.Combine(tree, "DEBIAN", script)).HasFlag(UnixFileMode.OtherExecute));
        }
    }

    private static Task<string> ReadAsync(string tree, string file) =>
        File.ReadAllTextAsync(Path.Combine(tree, file), TestContext.Current.CancellationToken);
}
