using Parley.Verbs.Verify.People;

namespace Parley.Tests.Program;

/// <summary>Striking right after an answer, and the gaps between answers.</summary>
public sealed class AnswerBookTests
{
    private readonly AnswerBook answers = new();

    [Fact]
    public async Task The_deed_is_done_with_the_nth_answer_and_not_before()
    {
        var seen = new List<long>();
        var done = answers.AtAnswerAsync(3, () => seen.Add(answers.Count), TestContext.Current.CancellationToken);

        answers.Note("alice");
        answers.Note("bob");
        Assert.Empty(seen);
        answers.Note("alice");

        await done;
        Assert.Equal([3], seen);
    }

    [Fact]
    public async Task A_deed_that_fails_fails_the_waiting_and_not_the_one_who_was_answered()
    {
        var done = answers.AtAnswerAsync(
            1, () => throw new InvalidOperationException("gone"), TestContext.Current.CancellationToken);

        answers.Note("alice");

        await Assert.ThrowsAsync<InvalidOperationException>(() => done);
    }

    [Fact]
    public async Task The_longest_gap_is_of_one_client_and_touches_the_span()
    {
        var pause = TimeSpan.FromMilliseconds(50);
        answers.Note("alice");
        answers.Note("bob");
        var begin = TimeProvider.System.GetTimestamp();
        using var pace = new PeriodicTimer(pause);
        await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        answers.Note("alice");
        var end = TimeProvider.System.GetTimestamp();
        await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        answers.Note("alice");
        answers.Note("bob");

        var during = answers.LongestGap(begin, end);
        var afterwards = answers.LongestGap(TimeProvider.System.GetTimestamp(), long.MaxValue);

        Assert.Equal("bob", during.Client);
        Assert.True(during.Length >= pause * 1.5, $"{during.Length}: bob waited for both pauses");
        Assert.Equal(TimeSpan.Zero, afterwards.Length);
    }
}
