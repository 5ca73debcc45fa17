using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>Settings: all errors at once, each with what was expected.</summary>
public class ServerOptionsReaderTests
{
    private const string FiveMembers =
        "1=127.0.0.1:7501,2=127.0.0.1:7502,3=127.0.0.1:7503,4=127.0.0.1:7504,5=127.0.0.1:7505";

    private readonly Dictionary<string, string> settings = new()
    {
        ["id"] = "1",
        ["data"] = "/var/lib/parley/1",
        ["listen"] = "127.0.0.1:7401",
        ["node-listen"] = "127.0.0.1:7501",
        ["members"] = FiveMembers,
    };

    [Fact]
    public void Good_settings_are_read_with_defaults_for_the_rest()
    {
        var options = Read(out var errors);

        Assert.Empty(errors);
        Assert.Equal(5, options!.Members.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(300), options.ElectionTimeout);
        Assert.Null(options.InitialSendRate);
        Assert.False(options.ExitWithStdin);
    }

    [Fact]
    public void A_member_is_dialled_where_it_was_said_and_else_at_its_own_address()
    {
        settings["dial"] = "2=127.0.0.1:7602,7=127.0.0.1:7607"; // 7 may be added, or have left.

        var options = Read(out var errors);

        Assert.Empty(errors);
        Assert.Equal("127.0.0.1:7602", options!.DialAddressOf(2));
        Assert.Equal("127.0.0.1:7503", options.DialAddressOf(3));
        Assert.Null(options.DialAddressOf(6));
    }

    /// <summary>A list grows while machines come and go; only those that found a cluster are counted.</summary>
    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(11, false)]
    public void A_list_of_members_has_any_length_but_nine_found_a_cluster_at_most(int count, bool mayFound)
    {
        settings["members"] = string.Join(',', Enumerable.Range(1, count).Select(id => $"{id}=127.0.0.1:{7500 + id}"));

        var options = Read(out var errors);

        Assert.Empty(errors);
        Assert.Equal(count, options!.Members.Count);
        Assert.Equal(mayFound, ServerOptionsRules.FindErrorOfFounding(options) is null);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        settings["id"] = "seven";
        settings["listen"] = "127.0.0.1:0";
        settings["node-listen"] = "127.0.0.1:70000";
        settings["members"] = "1=127.0.0.1:7501,1=127.0.0.1:7502";
        settings["retention"] = "a while";
        settings["verbose"] = "true";

        var options = Read(out var errors);

        Assert.Null(options);
        foreach (var name in (string[])["id", "listen", "node-listen", "members", "retention", "verbose"])
        {
            Assert.Contains(errors, error => error.StartsWith(name + ":", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("id", "0")]
    [InlineData("id", "6")]
    [InlineData("data", "")]
    [InlineData("members", "")]
    [InlineData("members", "1=127.0.0.1:7501,2=127.0.0.1:7501,3=127.0.0.1:7503")]
    [InlineData("members", "127.0.0.1:7501")]
    [InlineData("listen", "7401")]
    [InlineData("listen", "::1:7401")]
    [InlineData("node-listen", "127.0.0.1:7401")]
    [InlineData("advertise", "nowhere")]
    [InlineData("dial", "1=127.0.0.1:7601")]
    [InlineData("dial", "0=127.0.0.1:7606")]
    [InlineData("dial", "1001=127.0.0.1:7606")]
    [InlineData("dial", "2=127.0.0.1:7602,2=127.0.0.1:7603")]
    [InlineData("dial", "2=nowhere")]
    [InlineData("election-timeout", "1")]
    [InlineData("heartbeat-interval", "200")]
    [InlineData("password-hash-kib", "0")]
    [InlineData("password-hash-passes", "many")]
    [InlineData("send-rate", "0")]
    [InlineData("retention", "0")]
    [InlineData("exit-with-stdin", "perhaps")]
    [InlineData("log-format", "xml")]
    [InlineData("http-listen", "7480")]
    [InlineData("http-listen", "127.0.0.1:7401")]
    [InlineData("http-listen", "127.0.0.1:7501")]
    [InlineData("admin-listen", "7601")]
    [InlineData("admin-listen", "0.0.0.0:7601")]
    [InlineData("admin-listen", "127.0.0.1:7401")]
    [InlineData("otlp-endpoint", "collector:4317")]
    [InlineData("otlp-endpoint", "http://192.168.1.5:4317")]
    [InlineData("otlp-endpoint", "https://alice:secret@collector.example.org:4317")]
    public void A_setting_out_of_its_range_is_refused(string name, string value)
    {
        settings[name] = value;

        Assert.Null(Read(out var errors));
        Assert.Contains(errors, error => error.Contains("expected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("listen", "0.0.0.0:7401")]
    [InlineData("node-listen", "192.168.1.5:7501")]
    [InlineData("listen", "parley.example.org:7401")]
    [InlineData("http-listen", "0.0.0.0:7480")]
    [InlineData("http-listen", "192.168.1.5:7480")]
    [InlineData("http-listen", "parley.example.org:7480")]
    public void Any_address_but_loopback_is_refused_without_certificates(string name, string value)
    {
        settings[name] = value;

        Assert.Null(Read(out var errors));
        Assert.Contains(errors, error =>
            error.StartsWith(name, StringComparison.Ordinal)
            && error.Contains("--bundle", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("localhost:7401", "127.0.0.1:7401")]
    [InlineData("[::1]:7401", "[::1]:7401")]
    [InlineData("127.3.2.1:65535", "127.3.2.1:65535")]
    public void Loopback_has_several_names(string text, string endPoint)
    {
        Assert.True(HostPort.TryParse(text, out var address));

        Assert.True(address.IsLoopback);
        Assert.Equal(endPoint, address.ListenPoint.ToString());
    }

    private ServerOptions? Read(out List<string> errors)
    {
        errors = [];
        return ServerOptionsReader.Read(settings, errors);
    }
}
