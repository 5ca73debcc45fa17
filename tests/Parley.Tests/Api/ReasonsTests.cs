using System.Reflection;
using Grpc.Core;
using Parley.Core;
using Parley.Server.Api;
using Parley.Server.Consensus;

namespace Parley.Tests.Api;

/// <summary>The one table from refusals to what clients see.</summary>
public sealed class ReasonsTests
{
    public static TheoryData<string> AllRows => [.. Rows.Select(row => row.Name)];

    private static IReadOnlyList<Reason> Rows { get; } =
    [
        .. typeof(Reasons)
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => field.GetValue(null))
            .OfType<Reason>(),
    ];

    [Fact]
    public void Every_rejection_has_a_row()
    {
        foreach (var rejection in Enum.GetValues<Rejection>().Where(value => value != Rejection.None))
        {
            Assert.Contains(Reasons.Of(rejection), Rows);
        }
    }

    [Fact]
    public void Every_reason_for_not_doing_has_a_row()
    {
        foreach (var reason in Enum.GetValues<NotDoneReason>().Where(value => value != NotDoneReason.None))
        {
            Assert.Contains(Reasons.Of(reason), Rows);
        }
    }

    [Fact]
    public void No_two_rows_have_one_name()
    {
        Assert.Equal(Rows.Count, Rows.Select(row => row.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(AllRows))]
    public void A_row_is_a_name_and_a_sentence(string name)
    {
        var row = Rows.Single(row => row.Name == name);

        Assert.Matches("^[A-Z][A-Z_]{2,62}$", row.Name);
        Assert.InRange(row.Sentence.Length, 10, 200);
        Assert.NotEqual(StatusCode.OK, row.Code);
        Assert.NotEqual(StatusCode.Unknown, row.Code);
    }

    [Theory]
    [InlineData(Rejection.SessionEnded, "SESSION_ENDED", StatusCode.Unauthenticated)]
    [InlineData(Rejection.NotFound, "NOT_FOUND", StatusCode.NotFound)]
    [InlineData(Rejection.NameTaken, "NAME_TAKEN", StatusCode.AlreadyExists)]
    [InlineData(Rejection.AlreadyLoggedIn, "ALREADY_LOGGED_IN", StatusCode.FailedPrecondition)]
    [InlineData(Rejection.InboxFull, "INBOX_FULL", StatusCode.ResourceExhausted)]
    [InlineData(Rejection.TooManyClients, "TOO_MANY_CLIENTS", StatusCode.ResourceExhausted)]
    [InlineData(Rejection.MessageIdReused, "MESSAGE_ID_REUSED", StatusCode.Aborted)]
    [InlineData(Rejection.OutOfOrder, "OUT_OF_ORDER", StatusCode.FailedPrecondition)]
    [InlineData(Rejection.AlreadyAnswered, "ALREADY_ANSWERED", StatusCode.FailedPrecondition)]
    [InlineData(Rejection.ClientForgotten, "CLIENT_FORGOTTEN", StatusCode.FailedPrecondition)]
    [InlineData(Rejection.BeyondHead, "BEYOND_HEAD", StatusCode.OutOfRange)]
    [InlineData(Rejection.NotDelivered, "NOT_DELIVERED", StatusCode.OutOfRange)]
    [InlineData(Rejection.StreamReplaced, "STREAM_REPLACED", StatusCode.Aborted)]
    [InlineData(Rejection.TooLate, "TOO_LATE", StatusCode.Unavailable)]
    internal void A_rejection_keeps_its_name_and_status(Rejection rejection, string name, StatusCode code)
    {
        var row = Reasons.Of(rejection);

        Assert.Equal(name, row.Name);
        Assert.Equal(code, row.Code);
    }

    [Fact]
    public void Only_an_unknown_outcome_is_not_unavailable_when_nothing_was_done()
    {
        foreach (var reason in Enum.GetValues<NotDoneReason>().Where(value => value != NotDoneReason.None))
        {
            var isUnknown = reason == NotDoneReason.OutcomeUnknown;
            var expected = isUnknown ? StatusCode.DeadlineExceeded : StatusCode.Unavailable;
            Assert.Equal(expected, Reasons.Of(reason).Code);
        }
    }

    [Fact]
    public void A_refusal_tells_its_reason_and_how_long_to_wait()
    {
        var exception = Reasons.RateLimited.ToRpcException(sentence: null, TimeSpan.FromMilliseconds(250));

        var status = exception.GetRpcStatus();
        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
        Assert.Equal("parley", status?.GetDetail<Google.Rpc.ErrorInfo>()?.Domain);
        Assert.Equal("RATE_LIMITED", status?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason);
        Assert.Equal(
            TimeSpan.FromMilliseconds(250), status?.GetDetail<Google.Rpc.RetryInfo>()?.RetryDelay.ToTimeSpan());
    }

    [Fact]
    public void Whatever_is_exhausted_says_how_long_to_wait_and_nothing_else_does()
    {
        Assert.All(Rows, row =>
        {
            var wait = row.ToStatus(sentence: null, TimeSpan.Zero).GetDetail<Google.Rpc.RetryInfo>()?.RetryDelay;
            Assert.Equal(row.Code == StatusCode.ResourceExhausted, wait?.ToTimeSpan() > TimeSpan.Zero);
            Assert.Equal(wait?.ToTimeSpan() ?? TimeSpan.Zero, row.WaitOf(TimeSpan.Zero));
        });
        Assert.Equal(
            TimeSpan.FromSeconds(7), Reasons.Of(Rejection.InboxFull).WaitOf(TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public void Wrong_tokens_and_wrong_credentials_tell_nothing_more()
    {
        Assert.Equal(StatusCode.Unauthenticated, Reasons.SessionEnded.Code);
        Assert.Equal(StatusCode.Unauthenticated, Reasons.WrongCredentials.Code);
        Assert.DoesNotContain("{", Reasons.SessionEnded.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("{", Reasons.WrongCredentials.Sentence, StringComparison.Ordinal);
    }
}
