using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using Parley.Tests.Core;
using Parley.Tests.Server;

namespace Parley.Tests.Guarding;

/// <summary>Wrong passwords on their way to the log.</summary>
[Trait("Promise", "8")]
public sealed class LoginFailureReportsTests : IDisposable
{
    private readonly StateAccess state;
    private readonly Proposer proposer;
    private readonly RecordedDoor door;
    private readonly LoginFailureReports reports;

    public LoginFailureReportsTests()
    {
        var time = new FakeTimeProvider();
        state = new StateAccess(ChatState.OpenInMemory(), time);
        proposer = new Proposer(
            new ProposerOptions
            {
                Self = ProposerTests.Self,
                StartNonce = ProposerTests.Nonce,
                LeaderlessMax = TimeSpan.FromSeconds(1),
            },
            () => new ProposalStamp(1, 5_000_000),
            time);
        door = new RecordedDoor(proposer);
        reports = new LoginFailureReports(
            proposer, state, new LogTime(state, time), time, NullLogger<LoginFailureReports>.Instance);
    }

    public void Dispose()
    {
        reports.Dispose();
        state.Dispose();
    }

    [Fact]
    public async Task A_flood_of_names_keeps_no_accounts_count_out_of_the_log()
    {
        for (var number = 0; number < GuardLimits.FailuresWaitingMax; number++)
        {
            reports.Add(LoginFailureFacts.HashOf($"name{number}"), isOfAccount: false);
        }

        reports.Add(LoginFailureFacts.HashOf("late"), isOfAccount: false);
        reports.Add(LoginFailureFacts.HashOf("alice"), isOfAccount: true);
        Assert.Equal(0, reports.Find(LoginFailureFacts.HashOf("late")).Count);
        Assert.Equal(1, reports.Find(LoginFailureFacts.HashOf("alice")).Count);

        proposer.Attach(door);
        proposer.LeaderKnown(new NodeId(1), new Term(1));
        await reports.StartAsync(TestContext.Current.CancellationToken);
        await Local.Until.TrueAsync(
            _ => Task.FromResult(door.Take() && door.Commands.Count > 0),
            TimeSpan.FromSeconds(10),
            () => "nothing was proposed",
            TestContext.Current.CancellationToken);
        await reports.StopAsync(TestContext.Current.CancellationToken);

        var written = Assert.Single(door.Commands).RecordLoginFailures.Failures;
        Assert.Equal(Limits.LoginFailuresPerCommandMax, written.Count);
        Assert.Equal(Commands.NameHash("alice"), written[0].NameHash);
    }
}
