using Google.Protobuf;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Guarding;

/// <summary>
/// Wrong passwords seen here: counted at once on this node, and told to all by at most one log entry a second, for all
/// names together. Any thread.
/// </summary>
internal sealed class LoginFailureReports(
    Proposer proposer, StateAccess state, LogTime logTime, TimeProvider time, ILogger<LoginFailureReports> logger)
    : BackgroundService
{
    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, LoginFailureFacts> waiting = [];

    // Of those that wait, or are underway: names that accounts have. They find room always, and are written first.
    private readonly HashSet<UInt128> ofAccounts = [];

    // Proposed, with what the state will say then: neither missed nor counted twice while it is applied.
    private readonly Dictionary<UInt128, LoginFailureFacts> underway = [];
    private readonly SemaphoreSlim news = new(0, 1);
    private bool isRung;

    /// <summary>A wrong password was tried for a name, which an account has or not.</summary>
    public void Add(UInt128 nameHash, bool isOfAccount)
    {
        lock (gate)
        {
            if (isOfAccount)
            {
                ofAccounts.Add(nameHash);
            }

            var before = waiting.GetValueOrDefault(nameHash);
            if (before.Count > 0 || isOfAccount || waiting.Count < GuardLimits.FailuresWaitingMax)
            {
                waiting[nameHash] = new LoginFailureFacts(
                    Math.Min(before.Count + 1, Limits.LoginFailuresMax), logTime.NowUs);
            }

            Ring();
        }
    }

    /// <summary>Somebody has logged in with this name: what was wrong before is forgiven.</summary>
    public void Forget(UInt128 nameHash)
    {
        lock (gate)
        {
            waiting.Remove(nameHash);
            underway.Remove(nameHash);
            ofAccounts.Remove(nameHash);
        }
    }

    /// <summary>All that is known here of a name: what the state has, and what it does not have yet.</summary>
    public LoginFailureFacts Find(UInt128 nameHash)
    {
        lock (gate)
        {
            return FindWritten(nameHash).With(waiting.GetValueOrDefault(nameHash));
        }
    }

    public override void Dispose()
    {
        news.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ProcessEnd.GuardAsync("wrong passwords", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await news.WaitAsync(stoppingToken);
            await WriteAsync(stoppingToken);
            await Task.Delay(GuardLimits.FailuresWrittenEvery, time, stoppingToken);
        }
    }

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        var written = Take();
        if (written.Count == 0)
        {
            return;
        }

        var command = new RecordLoginFailures();
        command.Failures.Add(written.Select(each => new LoginFailures
        {
            NameHash = ByteString.CopyFrom(Core.Facts.Bytes16.Of(each.Key)),
            Count = each.Value.Count,
        }));
        try
        {
            var applied = await proposer.ProposeAsync(
                new LoggedCommand { RecordLoginFailures = command }, stoppingToken);
            Settle(applied.Outcome is Outcome.Done ? [] : written);
        }
        catch (NotDoneException notDone)
        {
            // They wait on; nobody logs in meanwhile either.
            Log.HousekeepingPutOff(logger, notDone.Reason);
            Settle(written);
        }
    }

    /// <summary>As the state has it, or will in a moment.</summary>
    private LoginFailureFacts FindWritten(UInt128 nameHash)
    {
        var stored = state.Directory.Credentials.FindFailures(nameHash);
        var isOutlived = logTime.NowUs - stored.LastAtUs > Microseconds.Of(Limits.LoginFailureMemory);
        var expected = underway.GetValueOrDefault(nameHash);
        return isOutlived || expected.Count > stored.Count ? expected : stored;
    }

    private List<KeyValuePair<UInt128, LoginFailureFacts>> Take()
    {
        lock (gate)
        {
            isRung = false;
            var taken = waiting.OrderBy(each => ofAccounts.Contains(each.Key) ? 0 : 1)
                .Take(Limits.LoginFailuresPerCommandMax).ToList();
            foreach (var (name, failures) in taken)
            {
                underway[name] = FindWritten(name).With(failures);
                waiting.Remove(name);
            }

            return taken;
        }
    }

    /// <summary>What was proposed is decided: these were not written, and wait again.</summary>
    private void Settle(IReadOnlyList<KeyValuePair<UInt128, LoginFailureFacts>> notWritten)
    {
        lock (gate)
        {
            underway.Clear();
            foreach (var (name, failures) in notWritten)
            {
                waiting[name] = waiting.GetValueOrDefault(name).With(failures);
            }

            ofAccounts.IntersectWith(waiting.Keys);

            if (waiting.Count > 0)
            {
                Ring();
            }
        }
    }

    private void Ring()
    {
        if (!isRung)
        {
            isRung = true;
            news.Release();
        }
    }
}
