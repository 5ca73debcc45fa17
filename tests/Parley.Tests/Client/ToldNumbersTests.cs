using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Parley.Client.Receiving;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;
using NodeCondition = Parley.Protocol.Chat.V1.NodeCondition;

namespace Parley.Tests.Client;

/// <summary>A node may tell any number for a time, and any bytes for why it refuses: the client goes on.</summary>
public sealed class ToldNumbersTests
{
    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void Times_that_no_calendar_has_are_times_all_the_same(long told)
    {
        var message = WireMessages.ToMessage(new Message { SentAtUs = told });
        var report = NodeProbe.ToReport("127.0.0.1:1", new GetClusterResponse
        {
            Condition = new NodeCondition { UptimeSeconds = told, ClockOffsetUs = told },
        });

        Assert.InRange(message.SentAt.UtcDateTime.Year, 1970, 9999);
        Assert.InRange(TimeZoneInfo.ConvertTime(message.SentAt, TimeZoneInfo.Local).Year, 1969, 9999);
        Assert.True(report.Condition!.Uptime >= TimeSpan.Zero);
        Assert.Equal(Math.Sign(told), report.Condition.ClockOffset!.Value.CompareTo(TimeSpan.Zero));
    }

    [Theory]
    [InlineData(long.MinValue, int.MinValue)]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void Nobody_waits_for_ever_because_a_node_says_so(long seconds, int nanos)
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)StatusCode.ResourceExhausted,
            Message = "slowly",
        };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = "RATE_LIMITED" }));
        status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = new Duration { Seconds = seconds, Nanos = nanos } }));

        var called = Refusal.Of(status.ToRpcException());
        var sent = Refusal.Of(new SendError { Reason = "RATE_LIMITED", RetryAfterMs = seconds });

        Assert.Equal("RATE_LIMITED", called.Reason);
        Assert.InRange(called.RetryAfter, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.InRange(sent.RetryAfter, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.StartsWith("slowly", called.ToException().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FF")]
    [InlineData("1A03FFFFFF")]
    public void Details_that_are_none_leave_the_status(string hex)
    {
        var refused = new RpcException(
            new(StatusCode.NotFound, "not here"),
            new Metadata { { "grpc-status-details-bin", Convert.FromHexString(hex) } });

        var refusal = Refusal.Of(refused);

        Assert.Equal((StatusCode.NotFound, "", "not here"), (refusal.Code, refusal.Reason, refusal.Message));
    }
}
