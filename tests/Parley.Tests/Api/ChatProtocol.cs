using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>What the port for clients serves, by its descriptors: tests of all calls go over these.</summary>
internal static class ChatProtocol
{
    /// <summary>The chat's own; a test counts them.</summary>
    public static readonly FileDescriptor[] Files =
    [
        AccountServiceReflection.Descriptor,
        SessionServiceReflection.Descriptor,
        MessageServiceReflection.Descriptor,
        CredentialServiceReflection.Descriptor,
        RoomServiceReflection.Descriptor,
        AdministrationServiceReflection.Descriptor,
        MembershipServiceReflection.Descriptor,
        ClusterServiceReflection.Descriptor,
    ];

    /// <summary>What others have made.</summary>
    public static readonly FileDescriptor[] OthersFiles =
    [
        HealthReflection.Descriptor,
        Grpc.Reflection.V1.ReflectionReflection.Descriptor,
        Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor,
    ];

    /// <summary>The full path of every call of these files.</summary>
    public static IEnumerable<string> PathsOf(IEnumerable<FileDescriptor> files) =>
        from file in files
        from service in file.Services
        from method in service.Methods
        select $"/{service.FullName}/{method.Name}";
}
