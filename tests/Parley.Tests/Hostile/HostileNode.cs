using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Protocol.Chat.V1;
using Enum = System.Enum;

namespace Parley.Tests.Hostile;

/// <summary>
/// A server on a real port that answers every call of the protocol (from its descriptors) with hostile text wherever a
/// text goes; or refuses every call but the login, with any code and a hostile reason and sentence.
/// </summary>
internal sealed class HostileNode : IAsyncDisposable
{
    private const int FrameHeaderBytes = 5;
    private const string LoginPath = "/parley.chat.v1.SessionService/Login";

    private static readonly Dictionary<string, MethodDescriptor> Methods = typeof(AccountServiceReflection).Assembly
        .GetTypes()
        .Where(type => type.Name.EndsWith("ServiceReflection", StringComparison.Ordinal))
        .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!)
        .SelectMany(file => file.Services)
        .SelectMany(service => service.Methods)
        .ToDictionary(method => $"/{method.Service.FullName}/{method.Name}", StringComparer.Ordinal);

    private readonly WebApplication app;

    private HostileNode(WebApplication app)
    {
        this.app = app;
        var features = app.Services.GetRequiredService<IServer>().Features;
        Address = features.Get<IServerAddressesFeature>()!.Addresses.Single()["http://".Length..];
    }

    public string Address { get; }

    /// <summary>Whether it also tells a cluster id that is none, with which a client goes no further.</summary>
    public bool NamesNoCluster { get; set; }

    /// <summary>The code it refuses with; null: it answers.</summary>
    public StatusCode? Refusal { get; set; }

    /// <summary>What it says wherever a number goes, or the nearest that fits.</summary>
    public long Number { get; set; } = 1;

    public static async Task<HostileNode> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var host = builder.Build();
        HostileNode? node = null;
        host.Run(http => node!.AnswerAsync(http));
        await host.StartAsync();
        return node = new HostileNode(host);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        http.Response.ContentType = "application/grpc";
        if (!Methods.TryGetValue(http.Request.Path, out var method))
        {
            http.Response.AppendTrailer("grpc-status", Format(StatusCode.Unimplemented));
            await http.Response.StartAsync();
            return;
        }

        if (Refusal is { } code && http.Request.Path != LoginPath)
        {
            await RefuseAsync(http, code);
            return;
        }

        var answer = method.OutputType.Parser.ParseFrom(Array.Empty<byte>());
        Fill(answer, depth: 0);
        if (answer is ReceiveMessagesResponse)
        {
            var message = new Message();
            Fill(message, depth: 0);
            await WriteAsync(http, new ReceiveMessagesResponse { Message = message });
            await WriteAsync(http, new ReceiveMessagesResponse { Heartbeat = new() { LogIndex = 1 } });
        }
        else
        {
            await WriteAsync(http, answer);
        }

        http.Response.AppendTrailer("grpc-status", Format(StatusCode.OK));
    }

    private static async Task RefuseAsync(HttpContext http, StatusCode code)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = HostileText.Lines[..400] };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = "parley", Reason = HostileText.Text[..40] }));
        status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = new Duration { Seconds = long.MaxValue } }));
        http.Response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(status.ToByteArray()));
        http.Response.AppendTrailer("grpc-status", Format(code));
        // Short enough for a header; the whole of it is in the details.
        http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(HostileText.Lines[..120]));
        await http.Response.StartAsync();
    }

    private static async Task WriteAsync(HttpContext http, IMessage message)
    {
        var bytes = message.ToByteArray();
        var frame = new byte[FrameHeaderBytes + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame, FrameHeaderBytes);
        await http.Response.Body.WriteAsync(frame);
        await http.Response.Body.FlushAsync();
    }

    /// <summary>Every field, and two of each repeated one; of a choice the first.</summary>
    private void Fill(IMessage message, int depth)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder()
            .Where(field => field.RealContainingOneof is not { } choice || choice.Fields[0] == field);
        foreach (var field in fields.Where(field => field.FieldType != FieldType.Message || depth < 3))
        {
            // Whoever asked for the next page would be asked so for ever.
            if (field.Name == "next_page_token")
            {
                continue;
            }

            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                list.Add(Value(field, depth));
                list.Add(Value(field, depth));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, depth));
            }
        }
    }

    private object Value(FieldDescriptor field, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.String when field.Name == "cluster_id" && !NamesNoCluster:
                return new string('c', 32);
            case FieldType.String when field.Name == "sender":
                // Not the name that a login was answered with: own lines are not shown everywhere.
                return $"x{HostileText.Text}";
            case FieldType.String:
                return field.Name == "text" ? HostileText.Lines : HostileText.Text;
            case FieldType.Bytes:
                return ByteString.CopyFrom(new byte[16]);
            case FieldType.Bool:
                return true;
            case FieldType.Int32:
                return Small;
            case FieldType.Int64:
                return Number;
            case FieldType.UInt64 or FieldType.Fixed64:
                return unchecked((ulong)Number);
            case FieldType.Enum:
                return Enum.ToObject(field.EnumType.ClrType, Small);
            case FieldType.Message:
                var inner = field.MessageType.Parser.ParseFrom(Array.Empty<byte>());
                Fill(inner, depth + 1);
                return inner;
            default:
                throw new InvalidOperationException($"{field.FullName}: no value for {field.FieldType}");
        }
    }

    private int Small => (int)Math.Clamp(Number, int.MinValue, int.MaxValue);

    private static string Format(StatusCode code) => ((int)code).ToString(CultureInfo.InvariantCulture);
}
