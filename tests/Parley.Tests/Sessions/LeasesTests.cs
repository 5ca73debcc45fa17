using Parley.Core;
using Parley.Server.Sessions;

namespace Parley.Tests.Sessions;

/// <summary>When a session ends because nobody hears from its client.</summary>
public sealed class LeasesTests
{
    private const long HourUs = 3_600_000_000;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Leases leases = new();

    [Fact]
    public void A_short_lease_ends_when_it_has_passed_since_the_session_was_heard()
    {
        SessionFacts[] live = [Session(1, TimeSpan.FromSeconds(30), touchedAtUs: 500)];

        Assert.Empty(Pass(live, 10).Expired);
        leases.Heard([1]);
        Assert.Empty(Pass(live, 32).Expired);
        var expired = Assert.Single(Pass(live, 1).Expired);

        Assert.Equal(1, expired.Session);
        Assert.Equal(500, expired.TouchedAtUs);
    }

    [Fact]
    public void A_new_leader_counts_from_zero()
    {
        SessionFacts[] live = [Session(1, TimeSpan.FromSeconds(30))];
        Pass(live, 31);

        leases.Restart();

        Assert.Empty(Pass(live, 32).Expired);
        Assert.NotEmpty(Pass(live, 2).Expired);
    }

    [Fact]
    public void A_session_that_is_heard_again_and_again_never_ends()
    {
        SessionFacts[] live = [Session(1, Second)];

        for (var i = 0; i < 100; i++)
        {
            leases.Heard([1]);
            Assert.Empty(Pass(live, 1).Expired);
        }
    }

    [Fact]
    public void A_long_lease_is_touched_at_most_hourly_and_only_when_it_was_heard()
    {
        SessionFacts[] live = [Session(1, TimeSpan.FromDays(30), touchedAtUs: HourUs)];

        Assert.Empty(Pass(live, 1, logTimeUs: 3 * HourUs).Touched);
        leases.Heard([1]);
        Assert.Empty(Pass(live, 1, logTimeUs: HourUs + (HourUs / 2)).Touched);
        var touched = Assert.Single(Pass(live, 1, logTimeUs: 2 * HourUs).Touched);

        Assert.Equal(2 * HourUs, touched.TouchedAtUs);
    }

    [Fact]
    public void A_long_lease_ends_by_log_time_once_a_new_leader_has_listened_for_a_while()
    {
        SessionFacts[] live = [Session(1, TimeSpan.FromHours(1))];

        Assert.Empty(Pass(live, 29, logTimeUs: 2 * HourUs).Expired);
        Assert.NotEmpty(Pass(live, 2, logTimeUs: 2 * HourUs).Expired);
    }

    [Fact]
    public void A_long_lease_that_was_heard_is_touched_rather_than_ended()
    {
        SessionFacts[] live = [Session(1, TimeSpan.FromMinutes(6))];
        leases.Heard([1]);

        var findings = Pass(live, 600, logTimeUs: HourUs);

        Assert.Empty(findings.Expired);
        Assert.NotEmpty(findings.Touched);
    }

    [Fact]
    public void At_most_a_thousand_go_into_one_command()
    {
        var live = Enumerable.Range(1, 1_500).Select(number => Session(number, Second)).ToList();
        Pass(live, 1);

        Assert.Equal(Limits.SessionsPerCommandMax, Pass(live, 60).Expired.Count);
    }

    private LeaseFindings Pass(IReadOnlyCollection<SessionFacts> live, int seconds, long logTimeUs = 0)
    {
        var findings = leases.Look(live, logTimeUs);
        for (var i = 0; i < seconds; i++)
        {
            leases.Advance(Second);
            findings = leases.Look(live, logTimeUs);
        }

        return findings;
    }

    private static SessionFacts Session(long number, TimeSpan lease, long touchedAtUs = 0) => new()
    {
        Number = number,
        Account = number,
        AccountName = "alice",
        Lease = lease,
        TouchedAtUs = touchedAtUs,
        StreamNumber = 0,
    };
}
