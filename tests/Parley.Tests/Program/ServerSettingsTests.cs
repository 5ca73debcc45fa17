using Parley.Verbs.Server;

namespace Parley.Tests.Program;

/// <summary>Where a node's settings come from, and in which order.</summary>
public sealed class ServerSettingsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();
    private readonly List<string> errors = [];

    public void Dispose() => File.Delete(file);

    [Fact]
    public void A_flag_wins_over_the_environment_and_that_over_the_file()
    {
        File.WriteAllText(file, """{ "id": 1, "listen": "127.0.0.1:1", "data": "/file", "exit-with-stdin": true }""");

        var settings = ServerSettings.Merge(
            [new("id", "3")],
            [new("PARLEY_SERVER_ID", "2"), new("PARLEY_SERVER_LISTEN", "127.0.0.1:2"), new("HOME", "/root")],
            file,
            errors);

        Assert.Empty(errors);
        Assert.Equal("3", settings["id"]);
        Assert.Equal("127.0.0.1:2", settings["listen"]);
        Assert.Equal("/file", settings["data"]);
        Assert.Equal("true", settings["exit-with-stdin"]);
    }

    [Fact]
    public void Members_may_be_a_list_in_the_file()
    {
        File.WriteAllText(file, """{ "members": ["1=127.0.0.1:7501", "2=127.0.0.1:7502"] }""");

        var settings = ServerSettings.Merge([], [], file, errors);

        Assert.Empty(errors);
        Assert.Equal("1=127.0.0.1:7501,2=127.0.0.1:7502", settings["members"]);
    }

    [Fact]
    public void Unknown_keys_and_values_of_no_use_are_all_named_at_once()
    {
        File.WriteAllText(file, """{ "colour": "red", "members": { "1": "x" }, "id": 1, "id": 2 }""");

        ServerSettings.Merge([], [new("PARLEY_SERVER_PORT", "1")], file, errors);

        Assert.Equal(4, errors.Count);
        Assert.Contains(errors, error => error.Contains("colour", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("members", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("given twice", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("PARLEY_SERVER_PORT", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error()
    {
        ServerSettings.Merge([], [], file + ".none", errors);

        Assert.Contains("--config", Assert.Single(errors), StringComparison.Ordinal);
    }
}
