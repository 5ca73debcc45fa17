using Microsoft.Extensions.Time.Testing;
using Parley.Protocol.Chat.V1;
using Parley.Raft;
using Parley.Server.Node.V1;
using Parley.Server.Presence;
using Parley.Server.Sessions;

namespace Parley.Tests.Presence;

/// <summary>Who is there as one node sees it, on a clock of the test's.</summary>
public sealed class PresenceBookTests
{
    private const long Bob = 2;
    private const long Carol = 3;
    private static readonly NodeId Second = new(2);
    private static readonly NodeId Third = new(3);

    private readonly FakeTimeProvider time = new();
    private readonly SessionActivity activity = new();
    private readonly PresenceBook book;

    public PresenceBookTests() => book = new PresenceBook(time);

    [Fact]
    public void Who_has_a_stream_open_is_online_and_afterwards_offline_with_when_it_was_seen()
    {
        Assert.Equal((PresenceState.Offline, null), Of(Bob));

        var stream = Open(Bob);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((PresenceState.Online, 2), Of(Bob));

        stream.Dispose();
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal((PresenceState.Offline, 3), Of(Bob));
    }

    [Fact]
    public void Who_does_nothing_for_five_minutes_is_away_until_it_acts()
    {
        using var stream = Open(Bob);

        time.Advance(PresenceLimits.AwayAfter - TimeSpan.FromSeconds(1));
        Assert.Equal(PresenceState.Online, Of(Bob).State);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((PresenceState.Away, 5), Of(Bob));
        book.Acted(Bob);
        Assert.Equal((PresenceState.Online, 0), Of(Bob));
    }

    [Fact]
    public void A_stream_that_nobody_reads_is_soon_worth_nothing()
    {
        var alive = activity.StaysAlive(1);
        using var stream = book.Opened(Bob, alive, isHidden: false);

        alive.IsReading = false;
        time.Advance(PresenceLimits.SilenceMax);
        Assert.Equal(PresenceState.Online, Of(Bob).State);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(PresenceState.Unknown, Of(Bob).State);
        Assert.Empty(book.ListHere());

        alive.IsReading = true;
        Assert.Equal(PresenceState.Online, Of(Bob).State);
    }

    [Fact]
    public void An_act_without_a_stream_is_seen_for_a_moment_elsewhere_and_is_not_being_there()
    {
        Open(Bob).Dispose();
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((PresenceState.Offline, 2), Of(Bob));

        book.Acted(Bob);

        Assert.False(Assert.Single(book.ListHere()).Here);
        Assert.Equal((PresenceState.Offline, 0), Of(Bob));
        time.Advance(PresenceLimits.ActToldMax + TimeSpan.FromSeconds(1));
        Assert.Empty(book.ListHere());
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((PresenceState.Offline, 1), Of(Bob));
    }

    /// <summary>Who hides, and sends, is known to hide by nobody who did not see a stream of theirs.</summary>
    [Fact]
    public void An_act_of_somebody_never_heard_of_says_nothing_here_nor_elsewhere()
    {
        var other = new PresenceBook(time);
        book.Acted(Bob);
        time.Advance(TimeSpan.FromSeconds(2));
        var act = Assert.Single(book.ListHere());
        other.Told(Third, new PresenceReport { First = true, Last = true, Accounts = { act } });

        Assert.Equal((false, 2U), (act.Here, act.IdleS));
        Assert.Equal((PresenceState.Offline, null), Of(Bob));
        Assert.Null(other.Look(Bob).SeenAgo);
    }

    [Fact]
    public void An_act_of_who_hides_is_told_as_such()
    {
        Open(Bob, isHidden: true).Dispose();
        book.Acted(Bob);

        var act = Assert.Single(book.ListHere());

        Assert.Equal((false, true), (act.Here, act.Hidden));
        Assert.Equal((PresenceState.Offline, null), Of(Bob));
    }

    [Fact]
    public void A_node_that_falls_silent_is_doubted_and_then_forgotten()
    {
        Tell(Second, Here(Bob));
        Assert.Equal((PresenceState.Online, 0), Of(Bob));

        time.Advance(PresenceLimits.SilenceMax + TimeSpan.FromSeconds(1));
        Assert.Equal((PresenceState.Unknown, 0), Of(Bob));
        Assert.Equal(PresenceState.Offline, Of(Carol).State);

        time.Advance(PresenceLimits.DoubtMax);
        Assert.Equal((PresenceState.Offline, 5), Of(Bob));
    }

    [Fact]
    public void Who_left_a_silent_node_for_another_is_online()
    {
        Tell(Second, Here(Bob, idleS: 600));
        time.Advance(PresenceLimits.SilenceMax + TimeSpan.FromSeconds(1));

        Tell(Third, Here(Bob, idleS: 30));

        Assert.Equal((PresenceState.Online, 0), Of(Bob));
    }

    [Fact]
    public void Of_what_several_nodes_tell_the_last_act_counts()
    {
        Tell(Second, Here(Bob, idleS: 600));
        Tell(Third, new PresentAccount { Account = Bob, IdleS = 400 });

        Assert.Equal((PresenceState.Away, 6), Of(Bob));
    }

    [Fact]
    public void An_act_that_two_nodes_tell_each_other_again_and_again_grows_no_younger()
    {
        var other = new PresenceBook(time);
        using var here = Open(Bob);
        using var there = other.Opened(Bob, activity.StaysAlive(Bob), isHidden: false);

        for (var round = 0; round < 160; round++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1_900));
            Tell(Second, [.. other.ListHere()]);
            other.Told(Third, new PresenceReport { First = true, Last = true, Accounts = { book.ListHere() } });
        }

        Assert.Equal((PresenceState.Away, 5), Of(Bob));
    }

    [Fact]
    public void Who_is_not_in_a_whole_round_any_more_is_gone_and_not_before_its_end()
    {
        Tell(Second, Here(Bob), Here(Carol));

        book.Told(Second, new PresenceReport { First = true, Accounts = { Here(Carol) } });
        Assert.Equal(PresenceState.Online, Of(Bob).State);
        book.Told(Second, new PresenceReport { Last = true });

        Assert.Equal(PresenceState.Offline, Of(Bob).State);
        Assert.Equal(PresenceState.Online, Of(Carol).State);
    }

    [Fact]
    public void A_round_that_was_broken_off_counts_for_nothing()
    {
        Tell(Second, Here(Bob), Here(Carol));

        book.Told(Second, new PresenceReport { First = true, Accounts = { Here(Carol) } });
        book.Told(Second, new PresenceReport { First = true, Last = true, Accounts = { Here(Bob) } });

        Assert.Equal(PresenceState.Online, Of(Bob).State);
        Assert.Equal(PresenceState.Offline, Of(Carol).State);
    }

    [Fact]
    public void A_node_has_told_all_after_a_round_and_while_it_speaks()
    {
        Assert.True(book.HaveAllTold([]));
        Assert.False(book.HaveAllTold([Second]));
        book.Told(Second, new PresenceReport { Last = true });
        Assert.False(book.HaveAllTold([Second]));
        Tell(Second);
        Assert.True(book.HaveAllTold([Second]));
        Assert.False(book.HaveAllTold([Second, Third]));

        time.Advance(PresenceLimits.SilenceMax + TimeSpan.FromSeconds(1));

        Assert.False(book.HaveAllTold([Second]));
    }

    [Fact]
    public void A_silent_node_is_done_without_once_it_has_told_all_or_after_five_minutes()
    {
        Assert.True(book.HaveAllToldOnce([]));
        Assert.False(book.HaveAllToldOnce([Second]));
        book.Told(Second, new PresenceReport { First = true });
        Assert.False(book.HaveAllToldOnce([Second]));
        Tell(Second);
        time.Advance(PresenceLimits.SilenceMax + TimeSpan.FromSeconds(1));
        Assert.True(book.HaveAllToldOnce([Second]));
        Assert.False(book.HaveAllToldOnce([Second, Third]));

        time.Advance(PresenceLimits.DoubtMax);

        Assert.True(book.HaveAllToldOnce([Second, Third]));
    }

    [Fact]
    public void Who_hides_looks_like_somebody_never_heard_of_until_it_is_seen_again()
    {
        var hidden = Open(Bob, isHidden: true);
        Assert.Equal((PresenceState.Offline, null), Of(Bob));
        Assert.Equal(PresenceState.Unknown, book.Look(Bob).Judge(isLoggedIn: true, isAllHeard: false).State);
        Assert.True(Assert.Single(book.ListHere()).Hidden);

        book.Acted(Bob);
        hidden.Dispose();
        book.Acted(Bob);
        Assert.Equal((PresenceState.Offline, null), Of(Bob));

        using var stream = Open(Bob);
        Assert.Equal((PresenceState.Online, 0), Of(Bob));
    }

    [Fact]
    public void Who_hides_at_another_node_is_hidden_here_too()
    {
        book.Acted(Bob);

        Tell(Second, new PresentAccount { Account = Bob, Here = true, Hidden = true });
        Assert.Equal((PresenceState.Offline, null), Of(Bob));
        Tell(Second);
        Assert.Equal((PresenceState.Offline, null), Of(Bob));

        Tell(Second, Here(Bob));
        Assert.Equal((PresenceState.Online, 0), Of(Bob));
    }

    /// <summary>The node where it hid is dead, and says nothing any more.</summary>
    [Fact]
    public void What_is_seen_now_counts_more_than_a_hiding_that_is_doubted()
    {
        Tell(Second, new PresentAccount { Account = Bob, Here = true, Hidden = true });
        time.Advance(PresenceLimits.SilenceMax + TimeSpan.FromSeconds(1));

        using var stream = Open(Bob);

        Assert.Equal(PresenceState.Online, Of(Bob).State);
    }

    [Theory]
    [InlineData(true, true, true, PresenceState.Online)]
    [InlineData(true, true, false, PresenceState.Online)]
    [InlineData(true, false, true, PresenceState.Offline)] // Logged out: the stream is about to end.
    [InlineData(true, false, false, PresenceState.Unknown)]
    [InlineData(false, true, true, PresenceState.Offline)]
    [InlineData(false, true, false, PresenceState.Unknown)]
    [InlineData(false, false, false, PresenceState.Unknown)]
    public void What_is_said_of_somebody(bool isFresh, bool isLoggedIn, bool isAllHeard, PresenceState expected)
    {
        var sighting = new PresenceSighting { IsFresh = isFresh, IdleFor = TimeSpan.Zero };

        Assert.Equal(expected, sighting.Judge(isLoggedIn, isAllHeard).State);
    }

    [Fact]
    public void Rounds_have_reports_of_a_thousand_and_begin_again()
    {
        var streams = Enumerable.Range(1, 2_500).Select(account => Open(account)).ToList();
        var rounds = new PresenceRounds(book);

        var reports = Enumerable.Range(0, 4).Select(_ => rounds.Next()).ToList();

        Assert.Equal([1_000, 1_000, 500, 1_000], reports.Select(report => report.Accounts.Count));
        Assert.Equal([true, false, false, true], reports.Select(report => report.First));
        Assert.Equal([false, false, true, false], reports.Select(report => report.Last));
        streams.ForEach(stream => stream.Dispose());
        time.Advance(PresenceLimits.ActToldMax + TimeSpan.FromSeconds(1));
        Assert.False(rounds.Next().Last);
        Assert.True(rounds.Next().Last);
        var empty = rounds.Next();
        Assert.True(empty is { First: true, Last: true, Accounts.Count: 0 });
    }

    [Fact]
    public void What_nodes_tell_is_bounded_whatever_they_tell()
    {
        book.Told(Second, new PresenceReport { First = true });
        for (var from = 0; from < 2 * PresenceLimits.AccountsPerNodeMax; from += 2_000)
        {
            var report = new PresenceReport();
            report.Accounts.AddRange(Enumerable.Range(from + 1, 2_000).Select(account => Here(account)));
            book.Told(Second, report);
        }

        book.Told(Second, new PresenceReport { Last = true, Accounts = { Here(0), Here(-1) } });
        var there = Enumerable.Range(-1, (2 * PresenceLimits.AccountsPerNodeMax) + 2)
            .Count(account => Of(account).State == PresenceState.Online);

        // Of each report the first thousand, and not more than one node may have.
        Assert.Equal(PresenceLimits.AccountsPerNodeMax, there);
        Assert.Equal(PresenceState.Offline, Of(1_001).State);
    }

    [Fact]
    public void Of_too_many_people_those_seen_longest_ago_are_forgotten()
    {
        var seen = new SeenPeople(100);
        for (var account = 1; account <= 1_000; account++)
        {
            seen.NoteHere(account, TimeSpan.FromSeconds(account), isHidden: false);
            Assert.InRange(Enumerable.Range(1, account).Count(each => seen.Find(each) is not null), 1, 100);
        }

        Assert.NotNull(seen.Find(1_000));
        Assert.Null(seen.Find(1));
    }

    private static PresentAccount Here(long account, uint idleS = 0) =>
        new() { Account = account, Here = true, IdleS = idleS };

    private PresentStream Open(long account, bool isHidden = false) =>
        book.Opened(account, activity.StaysAlive(account), isHidden);

    /// <summary>One whole round.</summary>
    private void Tell(NodeId by, params PresentAccount[] accounts) =>
        book.Told(by, new PresenceReport { First = true, Last = true, Accounts = { accounts } });

    /// <summary>Of somebody with a session, by a node that hears all: the state, and the minutes told with it.
    /// </summary>
    private (PresenceState State, int? Minutes) Of(long account)
    {
        var (state, seenAgo) = book.Look(account).Judge(isLoggedIn: true, isAllHeard: true);
        return (state, (int?)seenAgo?.TotalMinutes);
    }
}
