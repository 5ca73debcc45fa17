using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Local;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Operations;
using Parley.Tests.Cluster;

namespace Parley.Tests.Operations;

/// <summary>What systemd is told of a node, and when.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SystemdTests
{
    private static readonly NodePicture Serving = new()
    {
        ClusterId = "1",
        Self = new NodeId(1),
        IsFormed = true,
        Role = RaftRole.Leader,
        Leader = new NodeId(1),
        Term = 1,
        CommitIndex = 1,
        Members = [],
        Voters = 5,
        ReachableVoters = 5,
        FaultsTolerated = 2,
        NotServingFor = null,
        IsDraining = false,
        Warnings = [],
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_says_that_it_takes_calls_how_it_is_and_that_it_stops()
    {
        var folder = Directory.CreateTempSubdirectory("parley-notify-");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var path = Path.Combine(folder.FullName, "notify");
        socket.Bind(new UnixDomainSocketEndPoint(path));
        await using var cluster = await LocalCluster.StartAsync(
            TestCluster.Options with
            {
                Size = 1,
                WaitUntilServing = false,
                EnvironmentOf = _ => new Dictionary<string, string>
                {
                    ["NOTIFY_SOCKET"] = path,
                    ["WATCHDOG_USEC"] = "900000",
                },
            },
            Stop);

        await HearAsync(socket, "READY=1");
        using (var caller = new TcpClient())
        {
            await caller.ConnectAsync(IPEndPoint.Parse(cluster.Node(1).ClientAddress), Stop);
        }

        await HearAsync(socket, "STATUS=Leads 1 voters; 0 more may fail");
        await HearAsync(socket, "WATCHDOG=1");
        var code = cluster.TerminateAsync(1, Stop);
        await HearAsync(socket, "STOPPING=1");

        Assert.Equal(0, await code);
        folder.Delete(recursive: true);
    }

    /// <summary>A node whose loop stands still is stopped for want of a word.</summary>
    [Fact]
    public void The_watchdog_hears_of_a_loop_that_moves_on_and_not_of_one_that_stands_still()
    {
        var view = new NodeView(Serving with { IsFormed = false, NotServingFor = "no cluster yet" });
        var systemd = new Recorder();
        using var reports = new SystemdReports(
            systemd, new Watchdog(TimeSpan.FromSeconds(1), IsAsked: true), view, TimeProvider.System,
            NullLogger<SystemdReports>.Instance);

        Assert.Equal(["STATUS=Not ready: no cluster yet", "WATCHDOG=1"], Look());
        Assert.Equal(["WATCHDOG=1"], Look());
        view.Publish(Serving);
        Assert.Equal(["STATUS=Leads 5 voters; 2 more may fail", "WATCHDOG=1"], Look());
        Assert.Empty(Look());
        Assert.Empty(Look());
        view.Publish(Serving with { Role = RaftRole.Follower, Leader = new NodeId(3), FaultsTolerated = 1 });
        Assert.Equal(["STATUS=Follows node 3; 1 more may fail", "WATCHDOG=1"], Look());
        view.Publish(view.Current);
        Assert.Equal(["WATCHDOG=1"], Look());

        List<string> Look()
        {
            systemd.Told.Clear();
            reports.Look();
            return systemd.Told;
        }
    }

    [Theory]
    [InlineData(null, null, 1_000, false)]
    [InlineData("30000000", null, 1_000, true)]
    [InlineData("30000000", "42", 1_000, true)]
    [InlineData("30000000", "43", 1_000, false)]
    [InlineData("900000", "42", 300, true)]
    [InlineData("0", "42", 1_000, false)]
    [InlineData("often", "42", 1_000, false)]
    public void The_watchdog_is_read_from_the_environment(string? every, string? process, int pace, bool isAsked)
    {
        var read = Watchdog.Read(name => name == "WATCHDOG_USEC" ? every : process, process: 42);

        Assert.Equal(new Watchdog(TimeSpan.FromMilliseconds(pace), isAsked), read);
    }

    /// <summary>Returns when this was said; what was said before it is of no interest.</summary>
    private static async Task HearAsync(Socket socket, string expected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TestCluster.Patience);
        var buffer = new byte[4_096];
        var heard = new List<string>();
        try
        {
            do
            {
                var length = await socket.ReceiveAsync(buffer, limit.Token);
                heard.Add(Encoding.UTF8.GetString(buffer, 0, length));
            }
            while (heard[^1] != expected);
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            Assert.Fail($"{expected} expected, {string.Join(", ", heard)} heard");
        }
    }

    private sealed class Recorder : ISystemdNotifier
    {
        public List<string> Told { get; } = [];

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => Told.Add(state.ToString());
    }
}
