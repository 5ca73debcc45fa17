using System.Globalization;
using Parley.CommandLine;
using Parley.Local;
using Parley.Server.Hosting;
using Parley.Tests.Repository;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Parley.Tests.Packaging;

/// <summary>The compose files and what their containers run: no engine is needed for finding what a node would refuse.
/// </summary>
public sealed class ComposeTests : IDisposable
{
    private const string Found = "/usr/lib/parley/found";
    private const string State = "/var/lib/parley";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-compose-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>The founding container's script is run; each node's command line is read with the bundle it made.
    /// </summary>
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Its_nodes_are_given_what_they_need_to_be_one_cluster(int size)
    {
        var services = Services(size);
        var founder = Map(services["found"]);
        Assert.Equal([Found], Texts(founder["entrypoint"]));
        Assert.Equal([$"{size}"], Texts(founder["command"]));

        var link = await FoundAsync(size);

        Assert.Equal(size + 1, services.Count);
        for (var id = 1; id <= size; id++)
        {
            var node = Map(services[$"node-{id}"]);
            Assert.Contains($"node-{id}:/nodes/{id}", Texts(founder["volumes"]));
            Assert.Equal([$"node-{id}:{State}"], Texts(node["volumes"]));
            var options = Read([.. Texts(node["command"])], id);
            Assert.Equal(id, options.Id);
            Assert.Equal(size, options.Members.Count);
            Assert.Equal($"node-{id}", HostOf(options.NodeListen));
            var port = options.Listen.Split(':')[1];
            Assert.Equal([$"127.0.0.1:{port}:{port}"], Texts(node["ports"]).Select(Expand));
            Assert.Equal($"127.0.0.1:{port}", options.Advertise);
            Assert.Contains($"127.0.0.1:{port}", link, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Founding_again_finishes_what_was_interrupted_and_gives_out_what_was_renewed()
    {
        var link = await FoundAsync(3);
        File.Delete(Path.Combine(folder.FullName, "authority", "node-3.parley"));
        File.Delete(BundleOf(3));
        var kept = await File.ReadAllTextAsync(BundleOf(1), TestContext.Current.CancellationToken);

        Assert.Equal(link, await FoundAsync(3));

        Assert.True(File.Exists(BundleOf(3)));
        Assert.NotEqual(kept, await File.ReadAllTextAsync(BundleOf(1), TestContext.Current.CancellationToken));
        kept = await File.ReadAllTextAsync(BundleOf(1), TestContext.Current.CancellationToken);
        Assert.Equal(link, await FoundAsync(3));
        Assert.Equal(kept, await File.ReadAllTextAsync(BundleOf(1), TestContext.Current.CancellationToken));
    }

    /// <summary>What the image is made of is there, and its volumes are those that compose mounts.</summary>
    [Fact]
    public void The_image_has_what_compose_asks_of_it()
    {
        var lines = SourceFiles.ReadLines("deploy/docker/Dockerfile").ToList();
        var ignored = SourceFiles.ReadLines("deploy/docker/Dockerfile.dockerignore").ToList();

        Assert.Contains(lines, line => line == $"COPY --chmod=755 deploy/docker/found {Found}");
        Assert.Contains("ENTRYPOINT [\"parley\"]", lines);
        Assert.Contains("USER $APP_UID", lines);
        Assert.Contains(lines, line => line.Contains($"/authority {State}", StringComparison.Ordinal));
        Assert.All(
            ignored.Where(line => line.StartsWith('!')),
            line => Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, line[1..])), line));
        string[] needed = ["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig"];
        Assert.All(needed.Concat(["src", "proto", "eng"]), file => Assert.Contains($"!{file}", ignored));
    }

    private string BundleOf(int id) => Path.Combine(folder.FullName, "nodes", $"{id}", "node.parley");

    /// <summary>Makes the certificates as the container does, in folders of this test; what it prints.</summary>
    private async Task<string> FoundAsync(int size)
    {
        var (program, leading) = ParleyExecutable.Find();
        var bin = folder.CreateSubdirectory("bin").FullName;
        var shim = Path.Combine(bin, "parley");
        await File.WriteAllTextAsync(
            shim,
            $"#!/bin/sh\nexec {string.Join(' ', leading.Prepend(program).Select(word => $"'{word}'"))} \"$@\"\n",
            TestContext.Current.CancellationToken);
        File.SetUnixFileMode(shim, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        for (var id = 1; id <= size; id++)
        {
            folder.CreateSubdirectory($"nodes/{id}");
        }

        var (code, output, error) = await HostTool.RunAsync(
            Path.Combine(RepositoryRoot.Path, "deploy", "docker", "found"),
            [$"{size}"],
            new Dictionary<string, string>
            {
                ["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}",
                ["AUTHORITY"] = Path.Combine(folder.FullName, "authority"),
                ["NODES"] = Path.Combine(folder.FullName, "nodes"),
            });
        Assert.True(code == 0, error);
        return output;
    }

    /// <summary>A node's command line as the program reads it, with this test's folder for its volume.</summary>
    private ServerOptions Read(string[] command, int id)
    {
        var words = command
            .Select(Expand)
            .Select(word => word.Replace(State, Path.GetDirectoryName(BundleOf(id)), StringComparison.Ordinal))
            .ToArray();
        var parsed = ParleyProgram.BuildRoot().Parse(words);
        Assert.Empty(parsed.Errors);
        var given = words[1..].Chunk(2).ToDictionary(
            pair => pair[0][2..], pair => pair[1], StringComparer.Ordinal);
        var errors = new List<string>();
        var options = ServerOptionsReader.Read(given, errors);
        Assert.Empty(errors);
        return options!;
    }

    private static string HostOf(string address) => address[..address.LastIndexOf(':')];

    /// <summary>As compose does where the variable is not set.</summary>
    private static string Expand(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, @"\$\{\w+:-([^}]*)\}", "$1");

    private static Dictionary<object, object> Services(int size)
    {
        var text = SourceFiles.Read(string.Create(CultureInfo.InvariantCulture, $"deploy/docker/compose-{size}.yaml"));
        var parser = new MergingParser(new Parser(new StringReader(text)));
        parser.Consume<StreamStart>();
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser);
        var volumes = Map(file["volumes"]).Keys.Cast<string>();
        var services = Map(file["services"]);
        var mounted = services.Values.Select(Map).SelectMany(each => Texts(each["volumes"]))
            .Select(each => each.Split(':')[0]).Distinct();
        Assert.Equal(volumes.Order(StringComparer.Ordinal), mounted.Order(StringComparer.Ordinal));
        return services;
    }

    private static Dictionary<object, object> Map(object node) => Assert.IsType<Dictionary<object, object>>(node);

    private static IEnumerable<string> Texts(object node) => Assert.IsType<List<object>>(node).Cast<string>();
}
